{{ config(materialized='view') }}

-- Rule 11: every answer that later evidence corrected, old and new.
-- depends_on: {{ ref('fct_flows') }}
with

restatements as (
    select * from {{ source('state', 'restatements') }}
)

select
    cast(flow_id as varchar) as flow_id,
    cast(flow_end as varchar) as flow_end,
    cast(event_at as {{ type_ts() }}) as event_at,
    cast(restated_at as {{ type_ts() }}) as restated_at,
    -- what was said before
    cast(old_nic_id as varchar) as old_nic_id,
    cast(old_vm_id as varchar) as old_vm_id,
    cast(old_vm_uuid as varchar) as old_vm_uuid,
    cast(old_vm_name as varchar) as old_vm_name,
    cast(old_match_method as varchar) as old_match_method,
    cast(old_evidence as varchar) as old_evidence,
    cast(old_unmatched_reason as varchar) as old_unmatched_reason,
    cast(old_candidates as integer) as old_candidates,
    -- what is said since
    cast(new_nic_id as varchar) as new_nic_id,
    cast(new_vm_id as varchar) as new_vm_id,
    cast(new_vm_uuid as varchar) as new_vm_uuid,
    cast(new_vm_name as varchar) as new_vm_name,
    cast(new_match_method as varchar) as new_match_method,
    cast(new_evidence as varchar) as new_evidence,
    cast(new_unmatched_reason as varchar) as new_unmatched_reason,
    cast(new_candidates as integer) as new_candidates
from restatements

{{ config(
    materialized='incremental',
    incremental_strategy='restate',
    on_schema_change='fail',
    tags=['takes_up_changes', 'in_slices'],
    pre_hook='{{ keep_answers() }}',
    post_hook='{{ record_refresh() }}'
) }}

-- Every flow tuple once, with the NIC and VM behind both of its ends, or a reason.
-- A run resolves the flows that are new to it and those whose answer may have changed, however old
-- they are: int_flow_captures chooses them.
-- depends_on: {{ ref('int_run') }}, {{ ref('int_flow_tuples') }}
-- depends_on: {{ ref('int_touched_hours') }}, {{ ref('int_flow_slices') }}
with

flows as (
    select * from {{ ref('int_flow_ends') }}
),

protocols as (
    select * from {{ ref('protocols') }}
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
),

vms as (
    select * from {{ ref('int_vm_names') }}
)

select
    -- key
    cast(flows.flow_id as varchar) as flow_id,
    -- time
    cast({{ dbt.date_trunc('millisecond', 'flows.event_at') }} as {{ type_ts() }}) as event_at,
    cast({{ dbt.date_trunc('millisecond', 'flows.recorded_at') }} as {{ type_ts() }})
        as recorded_at,
    cast({{ dbt.date_trunc('millisecond', 'flows.loaded_at') }} as {{ type_ts() }}) as loaded_at,
    -- what was logged
    cast(flows.log_format as varchar) as log_format,
    cast(flows.direction as varchar) as direction,
    cast(flows.action as varchar) as action,
    cast(flows.flow_state as varchar) as flow_state,
    cast(flows.encryption as varchar) as encryption,
    cast(flows.src_ip as varchar) as src_ip,
    cast(flows.src_port as integer) as src_port,
    cast(flows.dst_ip as varchar) as dst_ip,
    cast(flows.dst_port as integer) as dst_port,
    cast(flows.protocol as integer) as protocol,
    cast(protocols.protocol_name as varchar) as protocol_name,
    cast(flows.packets_src_to_dst as bigint) as packets_src_to_dst,
    cast(flows.bytes_src_to_dst as bigint) as bytes_src_to_dst,
    cast(flows.packets_dst_to_src as bigint) as packets_dst_to_src,
    cast(flows.bytes_dst_to_src as bigint) as bytes_dst_to_src,
    -- where it was logged
    cast(flows.rule_name as varchar) as rule_name,
    cast(flows.acl_id as varchar) as acl_id,
    cast(flows.flow_log_id as varchar) as flow_log_resource_id,
    cast(flows.vnet_id as varchar) as vnet_id,
    cast(flows.subscription_id as varchar) as subscription_id,
    cast(subscriptions.tenant_id as varchar) as tenant_id,
    -- which NIC wrote the record
    cast(flows.capture_mac as varchar) as capture_mac,
    cast(flows.capture_nic_id as varchar) as capture_nic_id,
    cast(flows.capture_vm_id as varchar) as capture_vm_id,
    cast(capture_vms.vm_name as varchar) as capture_vm_name,
    -- source end
    cast(flows.src_nic_id as varchar) as src_nic_id,
    cast(flows.src_vm_id as varchar) as src_vm_id,
    cast(flows.src_vm_uuid as varchar) as src_vm_uuid,
    cast(src_vms.vm_name as varchar) as src_vm_name,
    cast(flows.src_match_method as varchar) as src_match_method,
    cast(flows.src_evidence as varchar) as src_evidence,
    cast(flows.src_unmatched_reason as varchar) as src_unmatched_reason,
    cast(flows.src_candidates as integer) as src_candidates,
    -- destination end
    cast(flows.dst_nic_id as varchar) as dst_nic_id,
    cast(flows.dst_vm_id as varchar) as dst_vm_id,
    cast(flows.dst_vm_uuid as varchar) as dst_vm_uuid,
    cast(dst_vms.vm_name as varchar) as dst_vm_name,
    cast(flows.dst_match_method as varchar) as dst_match_method,
    cast(flows.dst_evidence as varchar) as dst_evidence,
    cast(flows.dst_unmatched_reason as varchar) as dst_unmatched_reason,
    cast(flows.dst_candidates as integer) as dst_candidates
from flows
left join protocols on flows.protocol = protocols.protocol
left join subscriptions on flows.subscription_id = subscriptions.subscription_id
left join vms as capture_vms on flows.capture_vm_id = capture_vms.vm_id
left join vms as src_vms on flows.src_vm_id = src_vms.vm_id
left join vms as dst_vms on flows.dst_vm_id = dst_vms.vm_id

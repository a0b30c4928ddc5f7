-- What VMs were observed to be: one operation counts once, at its earliest time.
with

statements as (
    select * from {{ ref('int_vm_statements') }}
),

-- one row per statement
nic_states as (
    select
        statement_key,
        {{ string_agg_sorted('nic_id', ',') }} as nic_state
    from {{ ref('int_vm_statement_nics') }}
    group by statement_key
),

stated as (
    select
        statements.*,
        coalesce(nic_states.nic_state, '') as nic_state
    from statements
    left join nic_states using (statement_key)
)

-- one row per operation, VM and state
select
    min(statement_key) as observation_key,
    vm_id,
    min(observed_at) as observed_at,
    source,
    min(evidence) as evidence,
    max(subscription_id) as subscription_id,
    max(tenant_id) as tenant_id,
    vm_uuid,
    coalesce(max(case when is_creation then 1 else 0 end), 0) = 1 as is_creation,
    max(vm_name) as vm_name,
    -- a body without a network profile says nothing of NICs
    max(case when {{ json_is_array('network_interfaces') }} then 1 else 0 end) = 1 as states_nics,
    max(location) as location,
    max(tags) as tags
from stated
group by vm_id, source, attempt_key, nic_state, vm_uuid

-- What NICs were observed to be: one operation counts once, at its earliest time.
with

statements as (
    select * from {{ ref('int_nic_statements') }}
),

-- one row per statement
address_states as (
    select
        statement_key,
        max(vnet_id) as vnet_id,
        {{ string_agg_sorted("vnet_id || ' ' || nic_ip", ',') }} as address_state
    from {{ ref('int_nic_statement_addresses') }}
    group by statement_key
),

stated as (
    select
        statements.*,
        address_states.vnet_id,
        coalesce(address_states.address_state, '') as address_state
    from statements
    left join address_states using (statement_key)
)

-- one row per operation, NIC and state: Accept and Success of one write carry the same body
select
    min(statement_key) as observation_key,
    nic_id,
    min(observed_at) as observed_at,
    source,
    min(evidence) as evidence,
    max(subscription_id) as subscription_id,
    max(tenant_id) as tenant_id,
    max(vnet_id) as vnet_id,
    max(nic_mac) as nic_mac,
    max(vm_id) as vm_id,
    coalesce(max(case when is_vm_hidden then 1 else 0 end), 0) = 1 as is_vm_hidden,
    coalesce(max(case when forwards then 1 else 0 end), 0) = 1 as forwards,
    coalesce(max(case when is_private_link then 1 else 0 end), 0) = 1 as is_private_link,
    max(nsg_id) as nsg_id,
    max(resource_guid) as resource_guid,
    coalesce(max(case when is_creation then 1 else 0 end), 0) = 1 as is_creation,
    max(location) as location,
    max(tags) as tags
from stated
group by nic_id, source, attempt_key, address_state

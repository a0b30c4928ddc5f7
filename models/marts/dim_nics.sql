-- The latest known state of every NIC.
with

observations as (
    select * from {{ ref('int_nic_observations') }}
),

-- one row per NIC; null values do not replace known ones
latest as (
    select
        nic_id,
        {{ latest_stated('nic_mac', 'observed_at') }} as nic_mac,
        {{ latest_stated('vnet_id', 'observed_at') }} as vnet_id,
        max(case when forwards then 1 else 0 end) = 1 as is_forwarder,
        max(subscription_id) as subscription_id,
        {{ latest_stated('location', 'observed_at') }} as location,
        {{ latest_stated('tags', 'observed_at') }} as tags,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at
    from observations
    group by nic_id
),

ends as (
    select
        nic_id,
        min(all_ends.ended_at) as deleted_at
    from {{ ref('int_nic_ends') }} as all_ends
    inner join latest using (nic_id)
    where all_ends.ended_at >= latest.last_seen_at
    group by nic_id
),

links as (
    select
        nic_id,
        {{ latest_stated('vm_id', 'window_start') }} as vm_id
    from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
    group by nic_id
),

vms as (
    select * from {{ ref('int_vm_names') }}
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
)

select
    cast(latest.nic_id as varchar) as nic_id,
    cast(split_part(latest.nic_id, '/', -1) as varchar) as nic_name,
    cast(latest.nic_mac as varchar) as nic_mac,
    cast(latest.vnet_id as varchar) as vnet_id,
    cast(links.vm_id as varchar) as vm_id,
    cast(vms.vm_name as varchar) as vm_name,
    cast(latest.is_forwarder as boolean) as is_forwarder,
    cast(latest.subscription_id as varchar) as subscription_id,
    cast(subscriptions.tenant_id as varchar) as tenant_id,
    cast(latest.location as varchar) as location,
    cast(latest.tags as varchar) as tags,
    cast(latest.first_seen_at as {{ type_ts() }}) as first_seen_at,
    cast(latest.last_seen_at as {{ type_ts() }}) as last_seen_at,
    cast(ends.deleted_at as {{ type_ts() }}) as deleted_at
from latest
left join ends using (nic_id)
left join links using (nic_id)
left join vms on links.vm_id = vms.vm_id
left join subscriptions on latest.subscription_id = subscriptions.subscription_id

-- The latest known state of every VM.
with

vms as (
    select * from {{ ref('int_vm_names') }}
),

-- one row per VM; null values do not replace known ones
latest as (
    select
        vm_id,
        {{ latest_stated('vm_uuid', 'observed_at') }} as vm_uuid,
        {{ latest_stated('location', 'observed_at') }} as location,
        {{ latest_stated('tags', 'observed_at') }} as tags,
        min(observed_at) as first_seen_at,
        max(observed_at) as last_seen_at
    from {{ ref('int_vm_observations') }}
    group by vm_id
),

ends as (
    select
        ends.vm_id,
        min(ends.ended_at) as deleted_at
    from {{ ref('int_vm_ends') }} as ends
    left join latest on ends.vm_id = latest.vm_id
    where latest.vm_id is null or ends.ended_at >= latest.last_seen_at
    group by ends.vm_id
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
)

select
    cast(vms.vm_id as varchar) as vm_id,
    cast(latest.vm_uuid as varchar) as vm_uuid,
    cast(vms.vm_name as varchar) as vm_name,
    cast({{ arm_id_part('vms.vm_id', 'subscriptions') }} as varchar) as subscription_id,
    cast(subscriptions.tenant_id as varchar) as tenant_id,
    cast(latest.location as varchar) as location,
    cast(latest.tags as varchar) as tags,
    cast(latest.first_seen_at as {{ type_ts() }}) as first_seen_at,
    cast(latest.last_seen_at as {{ type_ts() }}) as last_seen_at,
    cast(ends.deleted_at as {{ type_ts() }}) as deleted_at
from vms
left join latest on vms.vm_id = latest.vm_id
left join ends on vms.vm_id = ends.vm_id
left join subscriptions
    on {{ arm_id_part('vms.vm_id', 'subscriptions') }} = subscriptions.subscription_id

-- Subscriptions whose operation log has lost events, told by what snapshots show and it does not.
with

nic_observations as (
    select
        nic_id as resource_id,
        subscription_id,
        observation_key,
        observed_at,
        source
    from {{ ref('int_nic_observations') }}
    -- the NICs of uniform scale sets are never logged
    where nic_id not like '%/virtualmachinescalesets/%'
),

vm_observations as (
    select
        vm_id as resource_id,
        subscription_id,
        observation_key,
        observed_at,
        source
    from {{ ref('int_vm_observations') }}
    where vm_id not like '%/virtualmachinescalesets/%'
),

observations as (
    select
        nics.*,
        bounds.previous_snapshot_at,
        bounds.missing_at
    from nic_observations as nics
    inner join {{ ref('int_nic_snapshot_bounds') }} as bounds using (observation_key)
    union all
    select
        vms.*,
        bounds.previous_snapshot_at,
        bounds.missing_at
    from vm_observations as vms
    inner join {{ ref('int_vm_snapshot_bounds') }} as bounds using (observation_key)
),

logged_ends as (
    select
        nic_id as resource_id,
        ended_at
    from {{ ref('int_nic_ends') }}
    where evidence like 'operation_log%'
    union all
    select
        vm_id,
        ended_at
    from {{ ref('int_vm_ends') }}
    where evidence like 'operation_log%'
),

-- gone from a snapshot, and nothing says how
lost_deletes as (
    select distinct observations.subscription_id
    from observations
    left join logged_ends
        on
            observations.resource_id = logged_ends.resource_id
            and observations.observed_at <= logged_ends.ended_at
            and observations.missing_at >= logged_ends.ended_at
    where observations.missing_at is not null and logged_ends.resource_id is null
),

-- there in a snapshot, not in the one before, and nothing says how
lost_writes as (
    select distinct subscription_id
    from (
        select
            *,
            row_number() over (
                partition by resource_id
                order by observed_at, case when source = 'operation_log' then 0 else 1 end
            ) as place
        from observations
    ) as ordered
    where place = 1 and source = 'collector' and previous_snapshot_at is not null
),

logs as (
    select distinct subscription_id from {{ ref('int_operations') }}
),

subscriptions as (
    select subscription_id from nic_observations
    union distinct
    select subscription_id from vm_observations
)

select
    subscriptions.subscription_id,
    logs.subscription_id is null or lost_deletes.subscription_id is not null as has_lost_deletes,
    logs.subscription_id is null or lost_writes.subscription_id is not null as has_lost_writes
from subscriptions
left join logs using (subscription_id)
left join lost_deletes using (subscription_id)
left join lost_writes using (subscription_id)
where logs.subscription_id is null
    or lost_deletes.subscription_id is not null
    or lost_writes.subscription_id is not null

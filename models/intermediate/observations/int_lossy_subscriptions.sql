-- Subscriptions whose operation log has lost deletes: a NIC went missing and nothing says how.
with

missing as (
    select
        bounds.nic_id,
        observations.subscription_id,
        observations.observed_at,
        bounds.missing_at
    from {{ ref('int_nic_snapshot_bounds') }} as bounds
    inner join {{ ref('int_nic_observations') }} as observations using (observation_key)
    -- the NICs of uniform scale sets are never logged
    where bounds.missing_at is not null and bounds.nic_id not like '%/virtualmachinescalesets/%'
),

deletes as (
    select
        nic_id,
        ended_at
    from {{ ref('int_nic_ends') }}
    where evidence like 'operation_log%'
)

select distinct missing.subscription_id
from missing
left join deletes
    on
        missing.nic_id = deletes.nic_id
        and deletes.ended_at between missing.observed_at and missing.missing_at
where deletes.nic_id is null

-- Each subscription with its tenant and how far its inventory goes.
with

nics as (
    select
        subscription_id,
        tenant_id,
        observed_at
    from {{ ref('int_nic_observations') }}
),

nic_ends as (
    select
        {{ arm_id_part('nic_id', 'subscriptions') }} as subscription_id,
        ended_at
    from {{ ref('int_nic_ends') }}
),

vms as (
    select
        subscription_id,
        tenant_id,
        observed_at
    from {{ ref('int_vm_observations') }}
),

snapshots as (
    select
        subscription_id,
        snapshot_at
    from {{ ref('int_nic_snapshots') }}
),

operations as (
    select
        subscription_id,
        tenant_id,
        event_at
    from {{ ref('int_operations') }}
),

vnets as (
    select
        subscription_id,
        tenant_id
    from {{ ref('stg_collectors__virtual_networks') }}
    where is_statement
),

evidence as (
    select
        subscription_id,
        tenant_id,
        observed_at as evidence_at,
        1 as has_nics
    from nics
    union all
    select
        subscription_id,
        null,
        ended_at,
        1
    from nic_ends
    union all
    select
        subscription_id,
        tenant_id,
        observed_at,
        0
    from vms
    union all
    select
        subscription_id,
        null,
        snapshot_at,
        1
    from snapshots
    union all
    select
        subscription_id,
        tenant_id,
        event_at,
        0
    from operations
    union all
    select
        subscription_id,
        tenant_id,
        null,
        0
    from vnets
)

select
    subscription_id,
    max(nullif(tenant_id, '')) as tenant_id,
    -- any operation counts: it shows that the log was delivered up to then
    max(evidence_at) as last_evidence_at,
    max(has_nics) = 1 as has_nic_inventory
from evidence
where subscription_id is not null
group by subscription_id

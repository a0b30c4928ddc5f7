-- Which inputs were there at all, by subscription, VNet and hour.
with

inputs as (
    select
        hour as happened_at,
        subscription_id,
        vnet_id,
        'flow' as input,
        flows as number
    from {{ ref('int_flow_counts') }}
    union all
    select
        event_at,
        subscription_id,
        null,
        'operation',
        1
    from {{ ref('int_operations') }}
    union all
    select
        observed_at,
        subscription_id,
        null,
        'nic',
        1
    from {{ ref('int_nic_observations') }}
    union all
    select
        observed_at,
        subscription_id,
        null,
        'vm',
        1
    from {{ ref('int_vm_observations') }}
    union all
    select distinct
        snapshot_at,
        subscription_id,
        null,
        'nic_snapshot',
        1
    from {{ ref('int_nic_snapshots') }}
    union all
    select distinct
        snapshot_at,
        subscription_id,
        null,
        'vm_snapshot',
        1
    from {{ ref('int_vm_snapshots') }}
)

select
    cast({{ dbt.date_trunc('hour', 'happened_at') }} as {{ type_ts() }}) as hour,
    cast(subscription_id as varchar) as subscription_id,
    cast(vnet_id as varchar) as vnet_id,
    cast(sum(case when input = 'flow' then number else 0 end) as bigint) as flows,
    cast(sum(case when input = 'operation' then number else 0 end) as bigint) as operation_events,
    cast(sum(case when input = 'nic' then number else 0 end) as bigint) as nic_observations,
    cast(sum(case when input = 'vm' then number else 0 end) as bigint) as vm_observations,
    cast(sum(case when input = 'nic_snapshot' then number else 0 end) as bigint)
        as complete_nic_snapshots,
    cast(sum(case when input = 'vm_snapshot' then number else 0 end) as bigint)
        as complete_vm_snapshots
from inputs
where happened_at is not null
group by 1, 2, 3

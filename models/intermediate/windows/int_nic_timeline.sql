-- Everything that happened to each NIC, in order: observations and ends.
with

observations as (
    select * from {{ ref('int_nic_observations') }}
),

bounds as (
    select * from {{ ref('int_nic_snapshot_bounds') }}
),

ends as (
    select * from {{ ref('int_nic_ends') }}
),

lossy_subscriptions as (
    select subscription_id from {{ ref('int_lossy_subscriptions') }}
    where has_lost_deletes
),

events as (
    select
        observations.nic_id,
        observations.observed_at as event_at,
        false as is_end,
        -- a write is the moment of its change; a collector saw it some time after
        observations.source = 'operation_log' as is_exact,
        observations.source,
        observations.evidence,
        observations.observation_key,
        observations.vnet_id,
        observations.nic_mac,
        observations.vm_id,
        observations.resource_guid,
        observations.is_creation,
        bounds.previous_snapshot_at,
        -- at one moment: the snapshot, then an end, then a write
        case when observations.source = 'collector' then 0 else 2 end as moment_order
    from observations
    inner join bounds using (observation_key)
    union all
    select
        nic_id,
        ended_at,
        true,
        is_exact,
        'end',
        evidence,
        null,
        null,
        null,
        null,
        null,
        false,
        null,
        1
    from ends
),

ordered as (
    select
        events.*,
        row_number() over (
            partition by events.nic_id
            order by events.event_at, events.moment_order, events.observation_key
        ) as event_seq,
        lossy_subscriptions.subscription_id is not null as is_lossy
    from events
    left join lossy_subscriptions
        on {{ arm_id_part('events.nic_id', 'subscriptions') }} = lossy_subscriptions.subscription_id
),

with_lives as (
    select
        *,
        lead(event_at) over (partition by nic_id order by event_seq) as next_at,
        -- a write that states something else may come after the change, and in a log that loses
        -- deletes the next one may be another NIC's of that name: only a trusted delete is exact
        lead(is_end and is_exact and not is_lossy) over (partition by nic_id order by event_seq)
            as next_is_exact,
        lead(evidence) over (partition by nic_id order by event_seq) as next_evidence,
        -- a life: what lies between two ends
        coalesce(sum(case when is_end then 1 else 0 end) over (
            partition by nic_id order by event_seq
            rows between unbounded preceding and 1 preceding
        ), 0) as life
    from ordered
),

with_previous as (
    select
        *,
        row_number() over (partition by nic_id, life order by event_seq) as place_in_life,
        max(case when is_end then event_at end) over (
            partition by nic_id order by event_seq rows between unbounded preceding and 1 preceding
        ) as life_begins_after,
        {{ last_known('resource_guid', 'partition by nic_id, life order by event_seq
            rows between unbounded preceding and 1 preceding') }}
            as previous_guid,
        {{ last_known('nic_mac', 'partition by nic_id, life order by event_seq
            rows between unbounded preceding and 1 preceding') }}
            as previous_mac
    from with_lives
),

-- two incarnations in one life: a delete was lost, and nothing brackets the time between them
with_breaks as (
    select
        *,
        coalesce(resource_guid <> previous_guid, false) as is_other_nic,
        coalesce(
            resource_guid <> previous_guid or nic_mac <> previous_mac, false
        ) or (coalesce(is_creation, false) and place_in_life > 1) as is_break
    from with_previous
)

select
    nic_id,
    event_seq,
    event_at,
    coalesce(next_at, {{ open_end() }}) as next_event_at,
    next_is_exact,
    next_evidence,
    life,
    sum(case when is_break then 1 else 0 end) over (
        partition by nic_id order by event_seq rows unbounded preceding
    ) as era,
    is_other_nic,
    is_end,
    is_exact,
    source,
    evidence,
    observation_key,
    vnet_id,
    nic_mac,
    vm_id,
    -- how far back the first observation of a life reaches where the collector made it
    case
        when source = 'collector'
            and row_number() over (partition by nic_id, life order by event_seq) = 1
            then {{ greatest_known() }}(
                    coalesce(previous_snapshot_at, {{ beginning_of_time() }}),
                    coalesce(
                        max(case when is_end then event_at end) over (
                            partition by nic_id order by event_seq
                            rows between unbounded preceding and 1 preceding
                        ),
                        {{ beginning_of_time() }}
                    )
                )
    end as reach_back_to,
    -- since when the NIC is known to have been there: a write that did not make it found it there
    min(case
        when place_in_life = 1 and not is_end and not coalesce(is_creation, false)
            then {{ greatest_known() }}(
                    coalesce(previous_snapshot_at, {{ beginning_of_time() }}),
                    coalesce(life_begins_after, {{ beginning_of_time() }})
                )
        else event_at
    end) over (partition by nic_id, life) as life_started_at
from with_breaks

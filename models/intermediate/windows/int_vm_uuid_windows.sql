-- Which incarnation each VM id meant, when: all of time, with a null uuid where it is not known.
with

observations as (
    select
        vm_id,
        observed_at,
        vm_uuid,
        is_creation,
        source
    from {{ ref('int_vm_observations') }}
),

ends as (
    select
        vm_id,
        ended_at,
        is_exact
    from {{ ref('int_vm_ends') }}
),

-- where deletes got lost, a machine may have been made again and gone unseen at any time
lossy_subscriptions as (
    select subscription_id from {{ ref('int_lossy_subscriptions') }}
    where has_lost_deletes
),

events as (
    select
        vm_id,
        observed_at as event_at,
        vm_uuid,
        is_creation,
        false as is_end,
        false as is_exact,
        case when source = 'collector' then 0 else 2 end as moment_order
    from observations
    union all
    select
        vm_id,
        ended_at,
        null,
        false,
        true,
        is_exact,
        1
    from ends
),

-- a life: what lies between two ends
with_lives as (
    select
        *,
        coalesce(sum(case when is_end then 1 else 0 end) over (
            partition by vm_id order by event_at, moment_order, vm_uuid
            rows between unbounded preceding and 1 preceding
        ), 0) as life,
        coalesce(
            max(case when is_end then event_at end) over (
                partition by vm_id order by event_at, moment_order, vm_uuid
                rows between unbounded preceding and 1 preceding
            ),
            {{ beginning_of_time() }}
        ) as life_started_at,
        min(case when is_end and not is_exact then event_at end) over (
            partition by vm_id order by event_at, moment_order, vm_uuid
            rows between current row and unbounded following
        ) as next_inexact_end_at,
        min(case when is_end then event_at end) over (
            partition by vm_id order by event_at, moment_order, vm_uuid
            rows between current row and unbounded following
        ) as next_end_at
    from events
),

sightings as (
    select
        *,
        vm_uuid = lag(vm_uuid) over (partition by vm_id, life order by event_at) as is_same
    from with_lives
    where not is_end and vm_uuid is not null
),

-- one row per run of one uuid within a life
runs as (
    select
        vm_id,
        life,
        run_no,
        max(vm_uuid) as vm_uuid,
        -- a machine was not there before the write that made it
        case
            when min(case when is_creation then event_at end) = min(event_at) then min(event_at)
            else min(life_started_at)
        end as there_since,
        min(event_at) as first_observed_at,
        max(event_at) as last_observed_at,
        -- nobody saw it go: another may have had its name before that was noticed
        max(case when next_inexact_end_at = next_end_at then 1 else 0 end) = 1 as ends_unseen
    from (
        select
            *,
            sum(case when is_same then 0 else 1 end) over (
                partition by vm_id, life order by event_at rows unbounded preceding
            ) as run_no
        from sightings
    ) as numbered
    group by vm_id, life, run_no
),

placed as (
    select
        runs.*,
        row_number() over (partition by runs.vm_id, runs.life order by runs.run_no) = 1 as is_first,
        lead(runs.first_observed_at) over (
            partition by runs.vm_id, runs.life order by runs.run_no
        ) as next_observed_at,
        lossy_subscriptions.subscription_id is not null as is_lossy
    from runs
    left join lossy_subscriptions
        on {{ arm_id_part('runs.vm_id', 'subscriptions') }} = lossy_subscriptions.subscription_id
),

-- moments at which the known uuid changes
changes as (
    -- the only one of a life, or its first, was there from the life's start
    select
        vm_id,
        case when is_first and not is_lossy then there_since else first_observed_at end
            as changed_at,
        vm_uuid,
        false as is_between_incarnations,
        2 as moment_order
    from placed
    union all
    -- two in one life: a delete was lost, and which of them it was in between is not known
    select
        vm_id,
        last_observed_at + interval '1 millisecond',
        null,
        next_observed_at is not null or ends_unseen,
        1
    from placed
    where next_observed_at is not null or ends_unseen or is_lossy
    union all
    select
        vm_id,
        ended_at,
        null,
        false,
        0
    from ends
    union all
    select
        vm_id,
        {{ beginning_of_time() }},
        null,
        false,
        0
    from (
        select vm_id from observations
        union distinct
        select vm_id from ends
    ) as vms
),

-- of several changes at one moment, the one that names an incarnation
settled as (
    select
        *,
        row_number() over (
            partition by vm_id, changed_at order by moment_order desc, vm_uuid asc
        ) as choice
    from changes
)

select
    vm_id,
    vm_uuid,
    is_between_incarnations,
    changed_at as window_start,
    coalesce(
        lead(changed_at) over (partition by vm_id order by changed_at), {{ open_end() }}
    ) as window_end
from settled
where choice = 1

-- Stretches of whole hours without an input that was there before, or that others of its kind have.
-- In: $since, $until, $least_quiet_hours, $most.
with

-- also before and after the span: what is usual there, and how far a pause reaches out of it
coverage as (
    select * from marts.rpt_coverage
),

bounds as (
    select
        min(hour) as first_hour,
        greatest(max(hour) + interval 1 hour, $until) as after_last
    from coverage
),

present as (
    select distinct 'flow log' as input, subscription_id, vnet_id, hour
    from coverage
    where flows > 0
    union all
    select distinct 'operation log', subscription_id, null, hour
    from coverage
    where operation_events > 0
    union all
    select distinct 'NIC snapshots', subscription_id, null, hour
    from coverage
    where complete_nic_snapshots > 0
    union all
    select distinct 'VM snapshots', subscription_id, null, hour
    from coverage
    where complete_vm_snapshots > 0
),

-- whose input is looked for: a VNet from its first flow on, a subscription that has flows
scopes as (
    select input, subscription_id, vnet_id, min(hour) as looked_from
    from present
    where input = 'flow log'
    group by all
    union all
    select distinct inputs.input, coverage.subscription_id, null, bounds.first_hour
    from coverage
    cross join bounds
    cross join (values ('operation log'), ('NIC snapshots'), ('VM snapshots')) as inputs (input)
    where coverage.flows > 0 and coverage.hour >= $since and coverage.hour < $until
),

hours as (
    select scopes.*, present.hour, true as is_present
    from scopes
    inner join present
        on
            scopes.input = present.input
            and scopes.subscription_id is not distinct from present.subscription_id
            and scopes.vnet_id is not distinct from present.vnet_id
    union all
    -- the end of what is known bounds the last stretch, the hour before its begin the first
    select scopes.*, bounds.after_last, false
    from scopes
    cross join bounds
    union all
    select *, looked_from - interval 1 hour, false from scopes
),

stretches as (
    select
        *,
        lag(hour) over scope as hour_before,
        lag(is_present) over scope as is_present_before,
        date_diff('hour', lag(hour) over scope, hour) as pause_hours
    from hours
    window scope as (partition by input, subscription_id, vnet_id order by hour)
),

usual as (
    select
        input,
        subscription_id,
        vnet_id,
        median(pause_hours) filter (is_present and is_present_before) as usual_hours,
        bool_or(is_present) as was_there
    from stretches
    group by all
),

gaps as (
    select
        stretches.input,
        stretches.subscription_id,
        stretches.vnet_id,
        usual.was_there,
        greatest(stretches.hour_before + interval 1 hour, $since) as gap_start,
        least(stretches.hour, $until) as gap_end
    from stretches
    inner join usual
        on
            stretches.input = usual.input
            and stretches.subscription_id is not distinct from usual.subscription_id
            and stretches.vnet_id is not distinct from usual.vnet_id
    where
        stretches.hour_before is not null
        and case
            when not usual.was_there then stretches.pause_hours > 1
            when stretches.input = 'flow log' then stretches.pause_hours > 1
            when stretches.input = 'operation log'
                then stretches.pause_hours > $least_quiet_hours
            else stretches.pause_hours > 2 * coalesce(usual.usual_hours, $least_quiet_hours / 2)
        end
),

-- as far as they lie in the span
in_all as (
    select
        *,
        date_diff('hour', gap_start, gap_end) as gap_hours,
        count(*) over () as gaps,
        sum(date_diff('hour', gap_start, gap_end))
            over (partition by input, subscription_id, vnet_id) as scope_hours
    from gaps
    where gap_start < gap_end
)

select
    input,
    subscription_id,
    vnet_id,
    epoch_ms(gap_start) as gap_start,
    epoch_ms(gap_end) as gap_end,
    gap_hours,
    scope_hours::bigint as scope_hours,
    was_there,
    gaps
from in_all
order by gap_hours desc, in_all.gap_start, input, subscription_id, vnet_id
limit $most;

{#- Windows of holders that follow one another on a key: NICs on a (VNet, address), NICs on a MAC.
    holdings: a CTE, one row per statement or sighting that the NIC held the key, with the columns
        in keys, nic_id, era and event_seq (its place in the NIC's timeline), event_at,
        next_event_at, next_is_exact, next_evidence, evidence and reach_back_to (null, or how far
        back an observation may reach that opens a window).
    keys: list of the key's columns.
    Gives a select: keys, nic_id (null where several NICs claim one moment), holder_count,
    window_start, window_end, first_observed_at, last_observed_at, is_end_exact, start_evidence,
    end_evidence. Windows of a key never overlap. -#}
{% macro holding_windows(holdings, keys) -%}
{%- set key = keys | join(', ') -%}
select
    {{ key }},
    nic_id,
    holder_count,
    -- a first sighting by the collector: held before, but never in another holder's window
    case
        when reach_back_to is null then first_observed_at
        else {{ least_known() }}(
            {{ greatest_known() }}(
                reach_back_to,
                coalesce(
                    lag(closed_at) over (partition by {{ key }} order by first_observed_at),
                    {{ beginning_of_time() }}
                )
            ),
            first_observed_at
        )
    end as window_start,
    closed_at as window_end,
    first_observed_at,
    last_observed_at,
    released_at <= next_holder_at and is_release_exact as is_end_exact,
    start_evidence,
    case
        when closed_at = {{ open_end() }} then null
        when released_at <= next_holder_at then release_evidence
        else 'next_holder ' || next_holder_evidence
    end as end_evidence
from (
    -- one row per window: the run's own end or the next holder, whichever is earlier
    select
        *,
        {{ least_known() }}(
            released_at,
            coalesce(
                lead(first_observed_at) over (partition by {{ key }} order by first_observed_at),
                {{ open_end() }}
            )
        ) as closed_at,
        coalesce(
            lead(first_observed_at) over (partition by {{ key }} order by first_observed_at),
            {{ open_end() }}
        ) as next_holder_at,
        lead(start_evidence) over (partition by {{ key }} order by first_observed_at)
            as next_holder_evidence
    from (
        select
            {{ key }},
            window_no,
            max(nic_id) as nic_id,
            max(holder_count) as holder_count,
            min(event_at) as first_observed_at,
            max(event_at) as last_observed_at,
            max(run_end_at) as released_at,
            coalesce({{ earliest_known('run_end_is_exact', 'event_at') }}, false) as is_release_exact,
            {{ earliest_known('run_end_evidence', 'event_at') }} as release_evidence,
            {{ earliest_known('evidence', 'event_at') }} as start_evidence,
            {{ earliest_known('reach_back_to', 'event_at') }} as reach_back_to
        from (
            select
                *,
                sum(case when is_same_holding then 0 else 1 end) over (
                    partition by {{ key }} order by event_at rows unbounded preceding
                ) as window_no
            from (
                select
                    *,
                    coalesce(
                        nic_id = lag(nic_id) over (partition by {{ key }} order by event_at)
                        and run_no = lag(run_no) over (partition by {{ key }} order by event_at),
                        false
                    ) as is_same_holding
                from (
                    -- one row per moment: several NICs that claim the key at once are no holder
                    select
                        {{ key }},
                        event_at,
                        case when count(distinct nic_id) = 1 then max(nic_id) end as nic_id,
                        count(distinct nic_id) as holder_count,
                        max(run_no) as run_no,
                        max(run_end_at) as run_end_at,
                        coalesce(
                            max(case when moment_rank = 1 and run_end_is_exact then 1 else 0 end) = 1,
                            false
                        ) as run_end_is_exact,
                        max(case when moment_rank = 1 then run_end_evidence end)
                            as run_end_evidence,
                        max(case when moment_rank = 1 then evidence end) as evidence,
                        case when count(distinct nic_id) = 1 then max(reach_back_to) end
                            as reach_back_to
                    from (
                        select
                            *,
                            max(next_event_at) over (
                                partition by {{ key }}, nic_id, era, run_no
                            ) as run_end_at,
                            last_value(next_is_exact) over (
                                partition by {{ key }}, nic_id, era, run_no
                                order by event_seq, event_at, evidence
                                rows between unbounded preceding and unbounded following
                            ) as run_end_is_exact,
                            last_value(next_evidence) over (
                                partition by {{ key }}, nic_id, era, run_no
                                order by event_seq, event_at, evidence
                                rows between unbounded preceding and unbounded following
                            ) as run_end_evidence,
                            -- of several statements and sightings at one moment, always the same
                            row_number() over (
                                partition by {{ key }}, event_at
                                order by event_seq desc, nic_id asc, evidence asc
                            ) as moment_rank
                        from (
                            -- a run: observations of one incarnation of a NIC, with none between
                            -- that lacks the key
                            select
                                *,
                                event_seq + 1000000 * era - dense_rank() over (
                                    partition by {{ key }}, nic_id, era order by event_seq
                                ) as run_no
                            from {{ holdings }}
                        ) as in_runs
                    ) as with_run_ends
                    group by {{ key }}, event_at
                ) as by_moment
            ) as compared
        ) as numbered
        group by {{ key }}, window_no
    ) as runs
) as closed
{%- endmacro %}

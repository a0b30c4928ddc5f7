{#- Over which stretches of flow time facts are others than at the last completed run.
    moved: a CTE, what moved_facts gives.
    Gives a select: fact, key_1, key_2, window_start, window_end. What came and what went are laid
    over each other; a stretch in which both have the same value has not changed. -#}
{% macro changed_facts(moved) -%}
{%- set key = 'fact, key_1, key_2' -%}
select distinct
    differences.fact,
    differences.key_1,
    differences.key_2,
    differences.window_start,
    differences.window_end
from (
    select
        stretches.fact,
        stretches.key_1,
        stretches.key_2,
        stretches.moment as window_start,
        stretches.next_moment as window_end,
        moved.value_key,
        sum(moved.weight) as difference
    from (
        -- one row per elementary stretch of a key
        select
            moments.*,
            lead(moment) over (partition by {{ key }} order by moment) as next_moment
        from (
            select {{ key }}, window_start as moment
            from {{ moved }}
            union distinct
            select {{ key }}, window_end
            from {{ moved }}
        ) as moments
    ) as stretches
    inner join {{ moved }} as moved
        on
            stretches.fact = moved.fact
            and stretches.key_1 = moved.key_1
            and stretches.key_2 = moved.key_2
            and {{ in_window('stretches.moment', 'moved') }}
    group by
        stretches.fact, stretches.key_1, stretches.key_2, stretches.moment,
        stretches.next_moment, moved.value_key
) as differences
cross join (
    -- a run that was not completed may have used facts that have gone again: nothing cancels then
    select count(*) as runs_since
    from {{ source('state', 'runs') }}
    where started_at > (select run.completed_run_at from {{ ref('int_run') }} as run)
) as since
where differences.difference <> 0 or since.runs_since > 1
{%- endmacro %}

{#- The facts that came (weight 1) or went (-1) since the last completed run.
    history: a CTE, the snapshot of a table of facts (macros/runs/fact_columns.sql). -#}
{% macro moved_facts(history) -%}
select
    history.*,
    case when history.dbt_valid_to is null then 1 else -1 end as weight
from {{ history }} as history
cross join {{ ref('int_run') }} as run
where history.dbt_valid_from > run.completed_run_at
    or history.dbt_valid_to > run.completed_run_at
{%- endmacro %}

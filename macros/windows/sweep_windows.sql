{#- Windows of a key that may overlap, cut into segments that do not.
    windows: a CTE with key, window_start, window_end, member_no (bigint) and weight (how many
    holders the window stands for; 0 for a mere cut at window_start).
    Gives a select: key, window_start, window_end, members (sum of weights) and member_no_sum,
    which is the member's own number where members = 1. One pass, whatever the overlap. -#}
{% macro sweep_windows(windows, key) -%}
select
    {{ key }},
    changed_at as window_start,
    coalesce(
        lead(changed_at) over (partition by {{ key }} order by changed_at), {{ open_end() }}
    ) as window_end,
    cast(sum(weight_change) over (
        partition by {{ key }} order by changed_at rows unbounded preceding
    ) as bigint) as members,
    cast(sum(member_change) over (
        partition by {{ key }} order by changed_at rows unbounded preceding
    ) as bigint) as member_no_sum
from (
    select
        {{ key }},
        changed_at,
        sum(weight_change) as weight_change,
        sum(member_change) as member_change
    from (
        select {{ key }}, window_start as changed_at, weight as weight_change,
            member_no as member_change
        from {{ windows }}
        union all
        select {{ key }}, window_end, -weight, -member_no
        from {{ windows }}
    ) as changes
    group by {{ key }}, changed_at
) as moments
{%- endmacro %}

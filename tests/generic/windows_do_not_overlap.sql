{% test windows_do_not_overlap(model, key) %}
-- No two windows of one key share a moment: each ends before, or as, the next starts.
select *
from (
    select
        {{ key | join(', ') }},
        window_start,
        window_end,
        lead(window_start) over (partition by {{ key | join(', ') }} order by window_start)
            as next_start
    from {{ model }}
) as ordered
where next_start < coalesce(window_end, {{ open_end() }})
{% endtest %}

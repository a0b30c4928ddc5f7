{% test window_starts_before_it_ends(model) %}
-- A window holds at least one moment.
select window_start, window_end
from {{ model }}
where window_start is null or window_start >= window_end
{% endtest %}

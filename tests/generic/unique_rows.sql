{% test unique_rows(model, key) %}
-- No two rows share a key of several columns.
select {{ key | join(', ') }}
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1
{% endtest %}

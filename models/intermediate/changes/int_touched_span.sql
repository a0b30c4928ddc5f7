{{ config(materialized='view') }}

-- From the first hour in which this run resolves a flow to the end of the last.
select
    min(hour) as span_start,
    max(hour) + interval '1 hour' as span_end
from {{ ref('int_touched_hours') }}

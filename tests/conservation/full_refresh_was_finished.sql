-- What: a full refresh was begun and not finished, and this run is not another one.
-- When it matters: always; of records that were withdrawn at that time, nothing knows any more
--     which flows are theirs.
-- How to resolve: dbt build --full-refresh, to its end.
with

runs as (
    select * from {{ source('state', 'runs') }}
),

run as (
    select * from {{ ref('int_run') }}
)

select runs.*
from runs
cross join run
where runs.is_full_refresh
    and runs.run_no < run.run_no
    and runs.run_no > run.completed_run_no
    and run.completed_run_no > 0

{{ config(materialized='view') }}

-- The present run, and the last one whose changes every model has taken up.
-- A view: it must hold for every run, whichever models the run selects.
with

runs as (
    select * from {{ source('state', 'runs') }}
),

present as (
    select
        max(run_no) as run_no,
        max(started_at) as started_at
    from runs
),

completed as (
    select
        max(run_no) as run_no,
        max(started_at) as started_at
    from runs
    where completed_at is not null
),

flagged as (
    select runs.is_full_refresh
    from runs
    inner join present on runs.run_no = present.run_no
)

select
    present.run_no,
    present.started_at,
    -- a full refresh takes up everything anew
    case when flagged.is_full_refresh then 0 else coalesce(completed.run_no, 0) end
        as completed_run_no,
    case
        when flagged.is_full_refresh then {{ beginning_of_time() }}
        else coalesce(completed.started_at, {{ beginning_of_time() }})
    end as completed_run_at
from present
cross join completed
cross join flagged

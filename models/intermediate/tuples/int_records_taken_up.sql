{{ config(materialized='view') }}

-- The flow-log records that this run takes up, where they were first delivered: chosen here, before
-- their tuples are unnested, since a join of tuples would hold all of them in memory.
with

taken_up as (
    select
        record_key,
        file_path,
        file_row,
        loaded_at
    from {{ ref('int_flow_records') }}
    where not is_withdrawn
        and run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)
),

records as (
    select * from {{ ref('stg_flow_logs__records') }}
    -- lets the warehouse skip what was landed before
    where loaded_at >= (select min(taken_up.loaded_at) from taken_up)
)

select records.*
from records
inner join taken_up
    on
        records.record_key = taken_up.record_key
        and records.file_path = taken_up.file_path
        and records.file_row = taken_up.file_row
        and records.loaded_at = taken_up.loaded_at

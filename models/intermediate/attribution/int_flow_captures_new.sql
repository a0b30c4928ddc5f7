{{ config(materialized='view') }}

-- The flows that this run takes up, and those of earlier runs whose capture may have changed, with
-- the NIC that captured them and the scope in which their addresses are meant.
with

-- two scans rather than one CTE, which DuckDB would keep whole for two readers
flows as (
    select tuples.*
    from {{ ref('int_flow_tuples') }} as tuples
    where not tuples.is_withdrawn
        and tuples.run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)

    union all

    -- by run as well: it lets the warehouse skip what all other runs took up
    select tuples.*
    from {{ ref('int_flow_tuples') }} as tuples
    inner join {{ ref('int_flows_recaptured') }} as again
        on tuples.flow_id = again.flow_id and tuples.run_no = again.run_no
    -- a table of an earlier run may name flows that are taken up anew
    where not tuples.is_withdrawn
        and tuples.run_no <= (select run.completed_run_no from {{ ref('int_run') }} as run)
),

captured as (
    {{ captured_flows('flows') }}
)

select * from captured

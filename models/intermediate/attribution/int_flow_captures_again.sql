{{ config(materialized='view') }}

-- The flows of earlier runs whose ends may have changed, though not their capture, like
-- int_flow_captures_new.
with

flows as (
    select tuples.*
    from {{ ref('int_flow_tuples') }} as tuples
    inner join {{ ref('int_flows_reanswered') }} as again
        on tuples.flow_id = again.flow_id and tuples.run_no = again.run_no
    -- a table of an earlier run may name flows that are taken up anew
    where not tuples.is_withdrawn
        and tuples.run_no <= (select run.completed_run_no from {{ ref('int_run') }} as run)
),

captured as (
    {{ captured_flows('flows') }}
)

select * from captured

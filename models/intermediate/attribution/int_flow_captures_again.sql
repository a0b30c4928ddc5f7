{{ config(materialized='view') }}

-- The flows of earlier runs whose ends may have changed, though not their capture, like
-- int_flow_captures_new.
with

flows as (
    select tuples.*
    from {{ ref('int_flow_tuples') }} as tuples
    inner join {{ ref('int_flows_reanswered') }} as again
        on tuples.flow_id = again.flow_id and tuples.run_no = again.run_no
    where not tuples.is_withdrawn
),

captured as (
    {{ captured_flows('flows') }}
)

select * from captured

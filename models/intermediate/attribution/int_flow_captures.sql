{{ config(materialized='view') }}

-- All flows that this run resolves, with the NIC that captured them and the scope in which their
-- addresses are meant.
select * from {{ ref('int_flow_captures_new') }}
union all
select * from {{ ref('int_flow_captures_again') }}

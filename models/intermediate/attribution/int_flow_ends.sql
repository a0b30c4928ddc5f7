{{ config(materialized='view') }}

-- Flows with what is known of both ends: by address, and for the captured end by the NIC's MAC.
with

ends as (
    {{ resolved_flows(ref('int_flow_captures')) }}
)

select * from ends

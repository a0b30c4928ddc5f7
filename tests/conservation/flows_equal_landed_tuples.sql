-- What: tuples, packets or bytes were lost or doubled between the raw records and fct_flows.
-- When it matters: always; an answer about traffic that is not there is no answer.
-- How to resolve: compare int_record_counts, int_flow_tuples and fct_flows by record (the part of
--     flow_id before the colon); a fan-out in a join of int_flow_ends doubles, a filter loses. A
--     build with --full-refresh makes everything anew from the raw tables.
{%- set counters = [
    'flows', 'packets_src_to_dst', 'bytes_src_to_dst', 'packets_dst_to_src', 'bytes_dst_to_src'
] %}

with

landed as (
    select
    {%- for name in counters %}
            coalesce(sum({{ name }}), 0) as {{ name }}
            {{- ',' if not loop.last }}
    {%- endfor %}
    from {{ ref('int_record_counts') }}
),

attributed as (
    select
        count(*) as flows,
        coalesce(sum(packets_src_to_dst), 0) as packets_src_to_dst,
        coalesce(sum(bytes_src_to_dst), 0) as bytes_src_to_dst,
        coalesce(sum(packets_dst_to_src), 0) as packets_dst_to_src,
        coalesce(sum(bytes_dst_to_src), 0) as bytes_dst_to_src
    from {{ ref('fct_flows') }}
)

select
    landed.flows as landed_flows,
    attributed.flows as attributed_flows,
    landed.bytes_src_to_dst as landed_bytes,
    attributed.bytes_src_to_dst as attributed_bytes
from landed
cross join attributed
where landed.flows <> attributed.flows
    or landed.packets_src_to_dst <> attributed.packets_src_to_dst
    or landed.bytes_src_to_dst <> attributed.bytes_src_to_dst
    or landed.packets_dst_to_src <> attributed.packets_dst_to_src
    or landed.bytes_dst_to_src <> attributed.bytes_dst_to_src

-- What: tuples, packets or bytes were lost or doubled between the raw records and fct_flows.
-- When it matters: always; an answer about traffic that is not there is no answer.
-- How to resolve: compare int_flow_tuples and fct_flows by log_format; a fan-out in a join of
--     int_flow_ends doubles, a filter loses.
{%- set counters = [
    'packets_src_to_dst', 'bytes_src_to_dst', 'packets_dst_to_src', 'bytes_dst_to_src'
] %}

with

landed_parts as (
    select * from {{ source('raw', 'flow_logs') }}
),

-- one row per delivery of a record, which may stand in several parts
deliveries as (
    select distinct
        record_key,
        file_path,
        file_row
    from landed_parts
),

numbered as (
    select
        *,
        row_number() over (partition by record_key order by file_path, file_row) as delivery
    from deliveries
),

-- the parts of each distinct record, however often it was delivered
records as (
    select landed_parts.*
    from landed_parts
    inner join numbered
        on
            landed_parts.record_key = numbered.record_key
            and landed_parts.file_path = numbered.file_path
            and landed_parts.file_row = numbered.file_row
    where numbered.delivery = 1
),

tuples as (
    select
        record_key,
        flow_index,
        group_index,
        tuple_index,
        {{ tuple_fields('flow_tuple') }} as fields
    from {{ flatten_flow_tuples('records', 'nsg_flows', 'flows') }} as nsg
    union all
    select
        record_key,
        flow_index,
        group_index,
        tuple_index,
        {{ tuple_fields('flow_tuple') }}
    from {{ flatten_flow_tuples('records', 'vnet_flows', 'flowGroups') }} as vnet
),

rejected as (
    select distinct
        record_key,
        flow_index,
        group_index,
        tuple_index
    from {{ source('raw', 'rejected_records') }}
    where tuple_index is not null
),

landed as (
    select
        count(*) as flows,
    {%- for name in counters %}
        coalesce(sum(cast({{ tuple_field('tuples.fields', 9 + loop.index) }} as bigint)), 0)
            as {{ name }}
        {{- ',' if not loop.last }}
    {%- endfor %}
    from tuples
    left join rejected
        on
            tuples.record_key = rejected.record_key
            and tuples.flow_index = rejected.flow_index
            and tuples.group_index = rejected.group_index
            and tuples.tuple_index = rejected.tuple_index
    where rejected.record_key is null
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

{{ config(
    materialized='incremental',
    unique_key='record_key',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

{%- set counters = [
    'packets_src_to_dst', 'bytes_src_to_dst', 'packets_dst_to_src', 'bytes_dst_to_src'
] %}

-- What each record holds, counted where it was landed: what conservation holds fct_flows against.
-- depends_on: {{ ref('int_run') }}
with

taken_up as (
    select * from {{ ref('int_flow_records') }}
    {%- if is_incremental() %}
    -- since the last completed run, however late they were delivered
        where run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)
    {%- endif %}
),

records as (
    select landed.*
    from {{ source('raw', 'flow_logs') }} as landed
    -- loaded_at as well: it lets the warehouse skip what was landed before
    inner join taken_up
        on
            landed.record_key = taken_up.record_key
            and landed.file_path = taken_up.file_path
            and landed.file_row = taken_up.file_row
            and landed.loaded_at = taken_up.loaded_at
    where not taken_up.is_withdrawn
),

nsg_groups as (
    select * from {{ flatten_flow_groups('records', 'nsg_flows', 'flows') }} as flattened
),

vnet_groups as (
    select * from {{ flatten_flow_groups('records', 'vnet_flows', 'flowGroups') }} as flattened
),

tuples as (
    select
        record_key,
        flow_index,
        group_index,
        tuple_index,
        {{ tuple_fields('flow_tuple') }} as fields
    from {{ flatten_flow_tuples('nsg_groups') }} as nsg
    union all
    select
        record_key,
        flow_index,
        group_index,
        tuple_index,
        {{ tuple_fields('flow_tuple') }}
    from {{ flatten_flow_tuples('vnet_groups') }} as vnet
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

counted as (
    select
        tuples.record_key,
        count(*) as flows,
    {%- for name in counters %}
        coalesce(sum(try_cast({{ tuple_field('tuples.fields', 9 + loop.index) }} as bigint)), 0)
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
    group by tuples.record_key
)

-- a record that was withdrawn, or has no tuple that parses, holds nothing
select
    taken_up.record_key,
    taken_up.is_withdrawn,
    cast(coalesce(counted.flows, 0) as bigint) as flows,
{%- for name in counters %}
    -- wider than a tuple's: ten counters of 18 digits are too much for a bigint
    cast(coalesce(counted.{{ name }}, 0) as decimal(38, 0)) as {{ name }}
    {{- ',' if not loop.last }}
{%- endfor %}
from taken_up
left join counted on taken_up.record_key = counted.record_key

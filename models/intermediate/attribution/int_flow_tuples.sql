{{ config(
    materialized='incremental',
    unique_key='record_key',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    tags=['takes_up_changes'],
    post_hook="delete from {{ this }} where is_withdrawn
        and run_no <= (select completed_run_no from {{ ref('int_run') }})"
) }}

-- All flow tuples of all formats, each record once, without the tuples that landing rejected.
-- A tuple whose record was withdrawn stays for one run, so that what was made of it can be undone.
with

run as (
    select * from {{ ref('int_run') }}
),

records as (
    select
        record_key,
        file_path,
        file_row,
        loaded_at
    from {{ ref('int_flow_records') }}
    where not is_withdrawn
        {%- if is_incremental() %}
        -- taken up since the last completed run, however late they were delivered
            and run_no > (select run.completed_run_no from run)
        {%- endif %}
),

{% if is_incremental() -%}
    withdrawn as (
        select before.*
        from {{ this }} as before
        inner join {{ ref('int_flow_records') }} as withdrawn_records
            on before.record_key = withdrawn_records.record_key
        where withdrawn_records.is_withdrawn
            and withdrawn_records.run_no > (select run.completed_run_no from run)
    ),

    unmarked as (
        select * exclude (run_no, is_withdrawn)
        from withdrawn
    ),

{% endif -%}
rejected as (
    select distinct
        record_key,
        flow_index,
        group_index,
        tuple_index
    from {{ source('raw', 'rejected_records') }}
    where raw_table = 'flow_logs' and tuple_index is not null
),

united as (
    select * from {{ ref('stg_flow_logs__nsg_v1') }}
    union all
    select * from {{ ref('stg_flow_logs__nsg_v2') }}
    union all
    select * from {{ ref('stg_flow_logs__vnet_v4') }}
),

-- what was landed before the first of the records is not unnested at all
landed as (
    select * from united
    where loaded_at >= (select min(records.loaded_at) from records)
),

tuples as (
    select
        united.*,
        -- the place in the record, since identical tuples in one record are that many flows
        united.record_key || ':' || cast(united.flow_index as varchar)
        || '.' || cast(united.group_index as varchar)
        || '.' || cast(united.tuple_index as varchar) as flow_id,
        case when {{ resource_kind('united.target_id') }} = 'nic' then united.target_id end
            as target_nic_id,
        case
            when united.target_id like '%/virtualnetworks/%'
                then split_part(united.target_id, '/subnets/', 1)
        end as target_vnet_id
    from landed as united
    inner join records
        on
            united.record_key = records.record_key
            and united.file_path = records.file_path
            and united.file_row = records.file_row
            and united.loaded_at = records.loaded_at
    left join rejected
        on
            united.record_key = rejected.record_key
            and united.flow_index = rejected.flow_index
            and united.group_index = rejected.group_index
            and united.tuple_index = rejected.tuple_index
    where rejected.record_key is null
)

select
    tuples.*,
    run.run_no,
    false as is_withdrawn
from tuples
cross join run
{%- if is_incremental() %}

    union all

    select
        unmarked.*,
        run.run_no,
        true
    from unmarked
    cross join run
{%- endif %}

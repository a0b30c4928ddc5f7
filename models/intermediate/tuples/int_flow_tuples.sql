{{ config(
    materialized='incremental',
    unique_key='record_key',
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    contract={'enforced': true},
    tags=['takes_up_changes'],
    post_hook="delete from {{ this }} where is_withdrawn
        and run_no <= (select completed_run_no from {{ ref('int_run') }})"
) }}

-- All flow tuples of all formats, each record once, without the tuples that landing rejected.
-- A tuple whose record was withdrawn stays for one run, so that what was made of it can be undone.
-- depends_on: {{ ref('int_flow_records') }}
with

run as (
    select * from {{ ref('int_run') }}
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
    select distinct {{ flow_id(group_key()) }} as flow_id
    from {{ source('raw', 'rejected_records') }}
    where raw_table = 'flow_logs' and tuple_index is not null
),

united as (
    select * from {{ ref('int_tuples_nsg_v1') }}
    union all
    select * from {{ ref('int_tuples_nsg_v2') }}
    union all
    select * from {{ ref('int_tuples_vnet_v4') }}
),

tuples as (
    select united.*
    from united
    left join rejected on united.flow_id = rejected.flow_id
    where rejected.flow_id is null
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

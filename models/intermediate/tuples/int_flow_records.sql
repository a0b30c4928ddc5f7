{{ config(
    materialized='incremental',
    unique_key='record_key',
    incremental_strategy='delete+insert',
    on_schema_change='fail'
) }}

-- Each flow-log record once: where it was first delivered, and the run that took it up so.
with

run as (
    select * from {{ ref('int_run') }}
),

-- one row per delivery: a large record stands in several parts
deliveries as (
    select distinct
        record_key,
        file_path,
        file_row,
        loaded_at
    from {{ ref('stg_flow_logs__records') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by record_key order by loaded_at, file_path, file_row
        ) as delivery
    from deliveries
),

records as (
    select * from ranked
    where delivery = 1
),

{% if is_incremental() -%}
    -- no filter on when a record was landed: all keys are compared, so that neither a clock that
    -- was set back nor two landings at once can hide one
    before as (
        select * from {{ this }}
        where not is_withdrawn
    ),

    -- new, or delivered otherwise than before
    taken_up as (
        select records.*
        from records
        left join before
            on
                records.record_key = before.record_key
                and records.file_path = before.file_path
                and records.file_row = before.file_row
                and records.loaded_at = before.loaded_at
        where before.record_key is null
    ),

    -- not in any file any more: its blob was replaced, or its flows are to be forgotten
    withdrawn as (
        select before.*
        from before
        left join records on before.record_key = records.record_key
        where records.record_key is null
    )
{%- else -%}
    taken_up as (
        select * from records
    )
{%- endif %}

select
    taken_up.record_key,
    taken_up.file_path,
    taken_up.file_row,
    taken_up.loaded_at,
    run.run_no,
    false as is_withdrawn
from taken_up
cross join run
{%- if is_incremental() %}

    union all

    select
        withdrawn.record_key,
        withdrawn.file_path,
        withdrawn.file_row,
        withdrawn.loaded_at,
        run.run_no,
        true
    from withdrawn
    cross join run
{%- endif %}

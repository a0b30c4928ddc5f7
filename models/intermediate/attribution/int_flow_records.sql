-- Each flow-log record once: where it was first delivered.
with

-- one row per delivery: a large record stands in several parts
records as (
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
    from records
)

select
    record_key,
    file_path,
    file_row
from ranked
where delivery = 1

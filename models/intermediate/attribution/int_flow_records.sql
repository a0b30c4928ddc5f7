-- Each flow-log record once: where it was first delivered.
with

records as (
    select
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

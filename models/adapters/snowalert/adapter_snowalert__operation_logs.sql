{{ config(enabled=var('operation_logs_from') == 'snowalert') }}

-- Events that SnowAlert's azure_log has collected, in the columns of raw.operation_logs.
with

events as (
    select
        raw as event,
        {{ utc_timestamp('loaded_on') }} as loaded_at,
        cast(raw as varchar) as row_order
    from {{ source('snowalert', 'operation_logs') }}
),

timed as (
    select
        *,
        {{ parse_timestamp("coalesce(" ~ json_text('event', ['time']) ~ ", "
            ~ json_text('event', ['eventTimestamp']) ~ ")") }} as event_at
    from events
)

select
    event,
    'snowalert/operation_logs' as file_path,
    row_number() over (order by loaded_at, row_order) as file_row,
    loaded_at as file_modified_at,
    loaded_at
from timed
-- landing rejects an event without a time, too: it states nothing
where event_at is not null

{{ config(enabled=var('operation_logs_from') == 'snowalert') }}

-- Events that SnowAlert's azure_log has collected, one by one, with or without a time.
with

deliveries as (
    select
        raw as delivery,
        {{ utc_timestamp('loaded_on') }} as loaded_at
    from {{ source('snowalert', 'operation_logs') }}
),

-- azure_log stores an event in a row; older versions stored a blob so, with all of its events
events as (
    select
        delivery as event,
        loaded_at
    from deliveries
    where not {{ json_is_array(json_get('delivery', ['records'])) }}
    union all
    select
        delivered.value,
        deliveries.loaded_at
    from deliveries {{ json_each(json_get('deliveries.delivery', ['records']), 'delivered') }}
)

select
    event,
    loaded_at,
    cast(event as varchar) as row_order,
    {{ parse_timestamp("coalesce(" ~ json_text('event', ['time']) ~ ", "
        ~ json_text('event', ['eventTimestamp']) ~ ")") }} as event_at
from events

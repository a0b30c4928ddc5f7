{{ config(enabled=var('operation_logs_from') == 'snowalert') }}

-- Events that SnowAlert's azure_log has collected, in the columns of raw.operation_logs.
select
    event,
    'snowalert/operation_logs' as file_path,
    row_number() over (order by loaded_at, row_order) as file_row,
    loaded_at as file_modified_at,
    loaded_at
from {{ ref('adapter_snowalert__events') }}
-- landing rejects an event without a time, too; the test adapted_events_have_a_time tells of them
where event_at is not null

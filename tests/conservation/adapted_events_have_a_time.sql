{{ config(enabled=var('operation_logs_from') == 'snowalert', severity='warn') }}

-- What: events of SnowAlert's table have no time that can be read, and so state nothing.
-- When it matters: where there are many, or where they are writes and deletes of NICs and VMs: an
--     operation that nobody reads leaves answers `open`, or later than they could be.
-- How to resolve: look at what the rows hold; what is no event of Azure's may be deleted.
select
    loaded_at,
    row_order as event
from {{ ref('adapter_snowalert__events') }}
where event_at is null

-- Operation-log events, judged: an event without a time or a subject states nothing.
-- Reads new_pieces and writes new_operation_logs and new_rejected.
create or replace temp table judged_events as
with

events as (
    select
        file_path,
        file_row,
        record,
        case when json_valid(record) then cast(record as json) end as event
    from new_pieces
),

timed as (
    select *, coalesce(event ->> '$.time', event ->> '$.eventTimestamp') as event_time from events
)

select
    *,
    case
        when event is null then 'the event is no JSON'
        when event_time is null then 'the event has no time'
        when try_cast(event_time as timestamptz) is null
            then 'the time of the event does not parse: ' || left(event_time, 60)
        when coalesce(event -> '$.operationName', event -> '$.resourceId', event -> '$.resourceUri')
            is null then 'the event names neither an operation nor a resource'
    end as reason
from timed;

insert into new_rejected
select file_path, file_row, null, null, null, null, reason, left(record, 200)
from judged_events
where reason is not null;

create or replace temp table new_operation_logs as
select event, file_path, file_row
from judged_events
where reason is null;

drop table judged_events;

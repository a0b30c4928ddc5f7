-- Operation-log events, judged. Reads portion: an event without a time or a subject states nothing.
create or replace temp table judged as
with

events as (
    select
        file_path,
        file_row,
        record,
        case when json_valid(record) then cast(record as json) end as event
    from portion
),

timed as (
    select *, coalesce(event ->> '$.time', event ->> '$.eventTimestamp') as event_time from events
)

select
    *,
    case
        when event is null then 'the event is no JSON'
        when event_time is null then 'the event has no time'
        when parsed_time(event_time) is null
            then 'the time of the event does not parse: ' || left(event_time, 60)
        when coalesce(event -> '$.operationName', event -> '$.resourceId', event -> '$.resourceUri')
            is null then 'the event names neither an operation nor a resource'
    end as reason
from timed;

-- Operation-log events, judged and landed. Reads portion: an event without a time or a subject states nothing.
create or replace temp table judged_events as
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

insert into raw.operation_logs
select
    event,
    judged_events.file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at)
from judged_events
inner join batch_files using (file_path)
left join earlier
    on judged_events.file_path = earlier.file_path and md5(file_row || event) = earlier.row_key
where reason is null;

insert into new_counts
select file_path, count(*)
from judged_events
where reason is null
group by all;

drop table judged_events;

-- Every JSON object is a row, an error too: that a snapshot failed must be known. A row that states its
-- time in a way that nobody understands is none: another time would put it elsewhere.
create or replace temp table judged_resources as
with

placed as (
    select
        resources.*,
        new_envelopes.envelope,
        case when json_valid(record) then cast(record as json) end as resource
    from resources
    left join new_envelopes using (file_path)
),

timed as (
    select
        *,
        coalesce(
            resource ->> '$.recorded_at', resource ->> '$._cq_sync_time', envelope ->> '$.recorded_at'
        ) as stated_time
    from placed
)

select
    *,
    case
        when resource is null then 'the element is no JSON'
        when stated_time is not null and parsed_time(stated_time) is null
            then 'the time of the snapshot does not parse: ' || left(stated_time, 60)
    end as reason
from timed;

insert into new_rejected
select file_path, file_row, null, null, null, null, reason, left(record, 200)
from judged_resources
where reason is not null;

insert into raw.{raw_table}
select
    resource,
    cast(envelope as json),
    judged_resources.file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at)
from judged_resources
inner join batch_files using (file_path)
left join earlier
    on judged_resources.file_path = earlier.file_path and md5(file_row || record) = earlier.row_key
where reason is null;

insert into new_counts
select file_path, count(*)
from judged_resources
where reason is null
group by all;

drop table judged_resources;

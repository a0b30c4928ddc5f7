-- Operation-log events that are judged, landed.
insert into new_rejected
select file_path, file_row, null, null, null, null, reason, left(record, 200)
from judged
where reason is not null;

insert into raw.operation_logs
select
    event,
    judged.file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at)
from judged
inner join batch_files using (file_path)
left join earlier
    on judged.file_path = earlier.file_path and md5(file_row || event) = earlier.row_key
where reason is null;

insert into new_counts
select file_path, count(*)
from judged
where reason is null
group by all;

drop table judged;

-- Every JSON object is a row, an error too: that a snapshot failed must be known.
insert into new_rejected
select
    file_path, file_row, null, null, null, null, 'the element is no JSON', left(record, 200)
from resources
where not json_valid(record);

insert into raw.{raw_table}
select
    cast(record as json),
    cast(new_envelopes.envelope as json),
    resources.file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at)
from resources
inner join batch_files using (file_path)
left join new_envelopes using (file_path)
left join earlier
    on resources.file_path = earlier.file_path and md5(file_row || record) = earlier.row_key
where json_valid(record);

insert into new_counts
select file_path, count(*)
from resources
where json_valid(record)
group by all;

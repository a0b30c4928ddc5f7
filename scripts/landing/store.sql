-- The rejects of a batch, and its files in the manifest.
insert into raw.rejected_records
select
    '{raw_table}', new_rejected.file_path, file_row, record_key, flow_index, group_index,
    tuple_index, reason, excerpt, file_modified_at, loaded_at
from new_rejected
inner join batch_files using (file_path);

insert into raw.landed_files
select
    read_files.file_path,
    '{raw_table}',
    size_bytes,
    file_modified_at,
    coalesce((
        select sum(row_count) from new_counts where new_counts.file_path = read_files.file_path
    ), 0),
    (select count(*) from new_rejected where new_rejected.file_path = read_files.file_path),
    loaded_at,
    etag
-- a file that could not be read is not known, so that the next run tries again
from read_files;

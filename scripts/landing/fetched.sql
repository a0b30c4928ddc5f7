-- Where the blobs of a batch lie on this machine. A blob is what it was when it was read, which may be
-- later than when it was listed. One that was not read keeps what it gave before, and is tried again.
delete from raw.rejected_records
where file_row is null and (file_path, reason) in (select (file_path, reason) from unread);

insert into raw.rejected_records
select
    '{raw_table}', file_path, null, null, null, null, null, reason, '', file_modified_at, loaded_at
from unread
inner join batch_files using (file_path)
where reason is not null;

delete from batch_files where file_path in (select file_path from unread);

update batch_files
set
    local_path = fetched.local_path,
    size_bytes = fetched.size_bytes,
    file_modified_at = fetched.file_modified_at,
    etag = fetched.etag
from fetched
where batch_files.file_path = fetched.file_path;

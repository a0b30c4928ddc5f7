-- Takes out what the files of a batch gave before, and keeps since when each row was there.
-- What could not be read keeps it all, but for the reject that said so the last time.
create or replace temp view read_files as
select * from batch_files
where file_path not in (select file_path from unread);

create or replace temp table earlier as
select file_path, {row_key} as row_key, min(loaded_at) as loaded_at
from raw.{raw_table}
where file_path in (select file_path from read_files)
group by all;

delete from raw.{raw_table} where file_path in (select file_path from read_files);

delete from raw.rejected_records
where
    file_path in (select file_path from read_files)
    or file_path in (select file_path from unread)
    and file_row is null and reason like 'the file cannot be read:%';

delete from raw.landed_files where file_path in (select file_path from read_files);

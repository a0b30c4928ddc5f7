-- Takes out what the files of a batch gave before, and keeps since when each row was there.
create or replace temp table earlier as
select file_path, {row_key} as row_key, min(loaded_at) as loaded_at
from raw.{raw_table}
where file_path in (select file_path from batch_files)
group by all;

delete from raw.{raw_table} where file_path in (select file_path from batch_files);

delete from raw.rejected_records where file_path in (select file_path from batch_files);

delete from raw.landed_files where file_path in (select file_path from batch_files);

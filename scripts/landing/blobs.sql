-- Whole files, with null where the bytes are not UTF-8.
create or replace temp table blobs as
select batch_files.file_path, try(decode(content)) as content
from read_blob(?) as files
inner join batch_files on files.filename = batch_files.local_path;

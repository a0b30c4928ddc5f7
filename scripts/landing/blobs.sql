-- Files read whole, as often as this is read; null where the bytes are not UTF-8.
create or replace temp view blobs as
select
    filename as local_path,
    try(decode(content)) as content
from read_blob(getvariable('blob_paths'));

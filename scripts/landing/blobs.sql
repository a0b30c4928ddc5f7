-- Whole files, with null where the bytes are not UTF-8.
create or replace temp table blobs as
select filename as file_path, try(decode(content)) as content
from read_blob(?);

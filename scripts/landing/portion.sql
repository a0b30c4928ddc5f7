-- A portion of what split.py cut: file, row and text between separators that JSON cannot hold.
create or replace temp view portion as
select
    getvariable('portion_paths')[cast(fields[1] as bigint)] as file_path,
    cast(fields[2] as bigint) as file_row,
    fields[3] as record
from (
    select string_split(unnest(string_split(content, chr(30))), chr(31)) as fields
    from read_text(getvariable('portion_file'))
)
-- nothing stands behind the last separator
where len(fields) = 3;

create or replace temp view parsed as
select file_path, file_row, try(record_of(record)) as record, left(record, 200) as beginning
from portion;

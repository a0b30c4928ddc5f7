-- Blobs that are one well-formed wrapper around records; the others are left to split.py.
create or replace temp table whole as
select file_path, try(flow_log_of(content)).records as records from blobs;

-- a wrapper inside a wrapper, or an element that is no record: split.py says which
delete from whole
where records is null or len(list_filter(records, lambda record: record."time" is null)) > 0;

create or replace temp view parsed as
select
    file_path,
    generate_subscripts(records, 1) as file_row,
    unnest(records) as record,
    null as beginning
from whole;

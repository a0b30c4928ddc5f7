-- Records of blobs that are one well-formed wrapper around records; the others are left to split.py.
-- In one go from file to record: a blob is parsed while it is at hand, which is four times as fast as
-- keeping the text of a batch, and then its records.
create or replace temp view parsed as
with

wrappers as (
    select
        local_path,
        try(flow_log_of(content)).records as records
    from blobs
),

whole as (
    select
        local_path,
        -- a wrapper inside a wrapper, or an element that is no record: split.py says which
        case
            when len(list_filter(records, lambda record: record."time" is null)) = 0 then records
        end as records
    from wrappers
)

select
    batch_files.file_path,
    generate_subscripts(records, 1) as file_row,
    unnest(records) as record,
    null as beginning
from whole
-- the paths are joined here, since a join of blobs would gather them first
inner join batch_files using (local_path);

-- Events of blobs that are one well-formed wrapper around events, or JSON lines; the others are left
-- to split.py.
create or replace temp view portion as
with

wrappers as (
    select
        local_path,
        case
            when json_valid(content) then try_cast(json_extract(content, '$.records') as json[])
            else list_transform(
                list_filter(
                    string_split(content, chr(10)), lambda line: trim(line, ' ' || chr(13)) <> ''
                ),
                lambda line: try_cast(line as json)
            )
        end as records
    from blobs
),

whole as (
    select
        local_path,
        case
            when len(list_filter(
                records,
                lambda event: json_type(event) is distinct from 'OBJECT'
                or json_type(event, '$.records') is not null
            )) = 0 then records
        end as records
    from wrappers
)

select
    batch_files.file_path,
    generate_subscripts(records, 1) as file_row,
    cast(unnest(records) as varchar) as record
from whole
inner join batch_files using (local_path);

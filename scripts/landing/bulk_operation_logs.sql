-- Blobs that are one well-formed wrapper around events, or JSON lines; the others are left to
-- split.py.
create or replace temp table whole as
select
    file_path,
    case
        when json_valid(content) then try_cast(json_extract(content, '$.records') as json[])
        else list_transform(
            list_filter(
                string_split(content, chr(10)), lambda line: trim(line, ' ' || chr(13)) <> ''
            ),
            lambda line: try_cast(line as json)
        )
    end as records
from blobs;

delete from whole
where
    records is null
    or len(list_filter(
        records,
        lambda event: json_type(event) is distinct from 'OBJECT'
        or json_type(event, '$.records') is not null
    )) > 0;

create or replace temp view portion as
select
    file_path,
    generate_subscripts(records, 1) as file_row,
    cast(unnest(records) as varchar) as record
from whole;

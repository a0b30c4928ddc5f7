-- What: Snowflake could not read a container, which may be one that is not there.
-- When it matters: where there is such a container; one that has given files fails a gate as well.
-- How to resolve: delete the rows of landing.sources for which you have no container.
{{ config(severity='warn') }}

select
    raw_table,
    file_path,
    reason
from {{ source('raw', 'rejected_records') }}
where file_row is null and reason like 'the container cannot be read:%'

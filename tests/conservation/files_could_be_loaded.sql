-- What: a file was delivered that COPY INTO could not load as a whole: it is longer than a text in
--     Snowflake can be (128 MB), holds bytes that are no UTF-8, or may not be read.
-- When it matters: always; every record of such a file is missing, and nothing else counts them.
-- How to resolve: the reason is Snowflake's own; docs/snowflake.md says what to do about each.
select
    raw_table,
    file_path,
    reason
from {{ source('raw', 'rejected_records') }}
where file_row is null and reason like 'the file cannot be loaded:%'

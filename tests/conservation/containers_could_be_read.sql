-- What: Snowflake could not read a container that has given files, or none that holds flow logs.
-- When it matters: always; what was written to it since is missing, which nothing else counts.
-- How to resolve: raw.rejected_records has Snowflake's reason. Give its application in Azure the
--     role Storage Blob Data Reader, or delete the row of landing.sources that nobody needs.
with

rejected as (
    select
        raw_table,
        file_path,
        reason
    from {{ source('raw', 'rejected_records') }}
    where file_row is null and reason like 'the container cannot be read:%'
),

landed as (
    select
        raw_table,
        file_path
    from {{ source('raw', 'landed_files') }}
),

flow_logs as (
    select count(*) as landed_files
    from landed
    where raw_table = 'flow_logs'
),

gave_files as (
    select distinct
        rejected.raw_table,
        rejected.file_path
    from rejected
    inner join landed
        on
            rejected.raw_table = landed.raw_table
            and left(landed.file_path, length(rejected.file_path)) = rejected.file_path
)

select
    rejected.raw_table,
    rejected.file_path,
    rejected.reason
from rejected
cross join flow_logs
left join gave_files
    on
        rejected.raw_table = gave_files.raw_table
        and rejected.file_path = gave_files.file_path
where flow_logs.landed_files = 0 or gave_files.file_path is not null

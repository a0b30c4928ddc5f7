-- The listed files that the manifest does not know as they are now, in batches: files of one raw
-- table, in path order, that start within the same `batch_bytes` and the same `batch_files`.
create or replace temp table changed_files as
with

changed as (
    select listed_files.*
    from listed_files
    anti join raw.landed_files using (file_path, size_bytes, file_modified_at)
),

placed as (
    select
        *,
        sum(size_bytes) over before_and_own - size_bytes as bytes_before,
        count(*) over before_and_own - 1 as files_before
    from changed
    window before_and_own as (
        partition by raw_table order by file_path
        rows between unbounded preceding and current row
    )
)

select
    file_path,
    raw_table,
    size_bytes,
    file_modified_at,
    dense_rank() over (
        order by
            raw_table,
            bytes_before // getvariable('batch_bytes'),
            files_before // getvariable('batch_files')
    ) as batch
from placed;

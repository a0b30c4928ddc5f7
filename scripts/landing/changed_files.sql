-- The listed files that the manifest does not know as they are now, in batches: files of one raw
-- table, in path order, that start within the same `batch_bytes` and the same `batch_files`. Where
-- all of them are few bytes, batches are smaller, so that each thread has one to land.
create or replace temp table changed_files as
with

changed as (
    select listed_files.*
    from listed_files
    anti join raw.landed_files
        on
            listed_files.file_path = landed_files.file_path
            and listed_files.size_bytes = landed_files.size_bytes
            and listed_files.file_modified_at = landed_files.file_modified_at
            and listed_files.etag is not distinct from landed_files.etag
    -- folders that were named may lie one in another
    qualify row_number() over (
        partition by listed_files.file_path order by listed_files.file_modified_at desc
    ) = 1
),

placed as (
    select
        *,
        sum(size_bytes) over before_and_own - size_bytes as bytes_before,
        count(*) over before_and_own - 1 as files_before,
        greatest(
            least(
                getvariable('batch_bytes'),
                sum(size_bytes) over (partition by raw_table) // getvariable('workers') + 1
            ),
            getvariable('least_batch_bytes')
        ) as batch_bytes
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
    etag,
    is_archived,
    has_blocks,
    dense_rank() over (
        order by
            raw_table,
            bytes_before // batch_bytes,
            files_before // getvariable('batch_files')
    ) as batch
from placed;

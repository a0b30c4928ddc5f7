-- The changed files of one batch, for the connection that lands it.
create or replace temp table changed_files as
select
    unnest(cast($1 as varchar[])) as file_path,
    unnest(cast($2 as varchar[])) as raw_table,
    unnest(cast($3 as bigint[])) as size_bytes,
    unnest(cast($4 as timestamp[])) as file_modified_at,
    unnest(cast($5 as varchar[])) as etag,
    unnest(cast($6 as boolean[])) as is_archived,
    unnest(cast($7 as boolean[])) as has_blocks;

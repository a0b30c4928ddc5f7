-- One batch of changed files, and empty tables for what is found out about them.
create or replace temp table batch_files as
select
    file_path,
    size_bytes,
    file_modified_at,
    etag,
    is_archived,
    has_blocks,
    file_path as local_path, -- of a blob: see fetched.sql
    getvariable('loaded_at') as loaded_at
from changed_files;

create or replace temp table fetched (
    file_path varchar,
    local_path varchar,
    size_bytes bigint,
    file_modified_at timestamp,
    etag varchar
);

-- Files and blobs of the batch that could not be read; no reason: nobody need be told.
create or replace temp table unread (file_path varchar, reason varchar);

create or replace temp table resources (file_path varchar, file_row bigint, record varchar);

create or replace temp table new_envelopes (file_path varchar, envelope varchar);

create or replace temp table new_counts (file_path varchar, row_count bigint);

create or replace temp table new_rejected (
    file_path varchar,
    file_row bigint,
    record_key varchar,
    flow_index bigint,
    group_index bigint,
    tuple_index bigint,
    reason varchar,
    excerpt varchar
);

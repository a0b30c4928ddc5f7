-- Where files arrive before they are split (06_split_documents.sql), and what is worked out meanwhile.
use role loader;
use database azure_flows;

-- What is loaded, and from where: a row is one COPY of each run (08_load_documents.sql).
-- 07_azure_stages.sql puts in those of one storage account; delete what you have no container for.
create table if not exists landing.sources (
    stage varchar not null,
    folder varchar not null,        -- begins the name of each file in raw.*
    raw_table varchar not null,
    pattern varchar not null        -- of paths in the stage, as a regular expression
);

-- The sources that could not be read when they were last tried.
create table if not exists landing.failed_sources (
    stage varchar not null,
    raw_table varchar not null,
    reason varchar not null,
    failed_at timestamp_ntz(6) not null
);

-- One row per version of a file that COPY has loaded and the split has not taken yet. Text, not
-- VARIANT: a file that is torn or no JSON must arrive as well. 128 MB is the longest text there is.
-- Never truncate it: that forgets which files were loaded, and COPY would load them all again.
--
-- Transient, and without Time Travel: what was split is in raw, and need not be paid for a week more.
create transient table if not exists landing.documents (
    raw_table varchar not null,
    file_path varchar not null,
    document varchar(134217728),
    file_modified_at timestamp_ntz(6) not null,
    etag varchar,
    scanned_at timestamp_ntz(6) not null        -- when COPY began to read it
)
data_retention_time_in_days = 0;

-- One row per file that COPY could not load, until the split has told it in raw.rejected_records.
create table if not exists landing.failed_files (
    raw_table varchar not null,
    file_path varchar not null,
    reason varchar not null,
    failed_at timestamp_ntz(6) not null
);

-- Versions of files on which the split failed, so that the others are split. They stay in
-- landing.documents and are tried again after a day, or at once where their row here is deleted.
create table if not exists landing.set_aside (
    file_path varchar not null,
    file_modified_at timestamp_ntz(6) not null,
    etag varchar,
    reason varchar not null,
    set_aside_at timestamp_ntz(6) not null
);

-- One row, which each split updates first: a second one waits until the first has ended.
create table if not exists landing.split_lock (
    taken_at timestamp_ntz(6) not null,
    most_files bigint not null      -- that this split takes
);

insert into landing.split_lock (taken_at, most_files)
select sysdate(), 0
where not exists (select taken_at from landing.split_lock);

-- The split's own. Ordinary tables, since a CREATE would end its transaction.
create transient table if not exists landing.new_documents (
    raw_table varchar,
    file_path varchar,
    document varchar(134217728),
    size_bytes bigint,
    file_modified_at timestamp_ntz(6),
    etag varchar,
    scanned_at timestamp_ntz(6),
    loaded_at timestamp_ntz(6)
);

-- One row per top-level JSON value of a document, or piece of one that is no JSON as a whole.
create transient table if not exists landing.new_pieces (
    raw_table varchar,
    file_path varchar,
    piece_no bigint,
    is_whole boolean,
    value variant,
    excerpt varchar
);

-- One row per record: judged, with its place in its file.
create transient table if not exists landing.new_records (
    raw_table varchar,
    file_path varchar,
    file_row bigint,
    record variant,
    row_key varchar,
    reason varchar,
    excerpt varchar
);

create transient table if not exists landing.new_envelopes (file_path varchar, envelope variant);

-- Since when rows of the files were there before.
create transient table if not exists landing.earlier (
    raw_table varchar,
    file_path varchar,
    row_key varchar,
    loaded_at timestamp_ntz(6)
);

-- The newest version of each file, unless it is the one that was landed, or an older one, or was set
-- aside; numbered, so that a split can take a part of them.
create or replace view landing.waiting_documents as
select
    newest.raw_table,
    newest.file_path,
    newest.document,
    newest.file_modified_at,
    newest.etag,
    newest.scanned_at,
    row_number() over (order by newest.file_path) as file_no
from (
    select
        documents.*,
        row_number() over (
            partition by documents.file_path
            order by
                documents.file_modified_at desc, documents.scanned_at desc, documents.etag desc
        ) as version_no
    from landing.documents as documents
    left join raw.landed_files as landed on documents.file_path = landed.file_path
    where
        landed.file_path is null
        or documents.file_modified_at > landed.file_modified_at
        or (
            documents.file_modified_at = landed.file_modified_at
            and documents.etag is distinct from landed.etag
        )
) as newest
left join landing.set_aside as set_aside
    on
        newest.file_path = set_aside.file_path
        and newest.file_modified_at = set_aside.file_modified_at
        and newest.etag is not distinct from set_aside.etag
        and set_aside.set_aside_at > dateadd('day', -1, sysdate())
where newest.version_no = 1 and set_aside.file_path is null;

-- The pieces, and the list that each of them is or wraps: under which key, and its elements.
create or replace view landing.opened_pieces as
select
    *,
    case list_key
        when '[]' then value
        when 'records' then value['records']
        when 'value' then value['value']
        when 'data' then value['data']
        when 'rows' then value['data']['rows']
    end as elements
from (
    select
        *,
        case
            when is_array(value) then '[]'
            when not is_object(value) or value['id'] is not null then null
            when is_array(value['records']) then 'records'
            when raw_table in ('flow_logs', 'operation_logs') then null
            when is_array(value['value']) then 'value'
            when is_array(value['data']) then 'data'
            -- Resource Graph's table form: names once, then rows of values
            when is_array(value['data']['rows']) then 'rows'
        end as list_key
    from landing.new_pieces
) as found;

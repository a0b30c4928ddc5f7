-- Where files arrive before they are split (06_split_documents.sql), and what is worked out meanwhile.
use role loader;
use database azure_flows;

-- One row per version of a file that COPY has loaded and the split has not taken yet. Text, not
-- VARIANT: a file that is torn or no JSON must arrive as well. 128 MB is the longest text there is.
-- Never truncate it: that forgets which files were loaded, and COPY would load them all again.
create table if not exists landing.documents (
    raw_table varchar not null,
    file_path varchar not null,
    document varchar(134217728),
    file_modified_at timestamp_ntz(6) not null,
    etag varchar,
    scanned_at timestamp_ntz(6) not null        -- when COPY began to read it
);

-- One row per file that COPY could not load, until the split has told it in raw.rejected_records.
create table if not exists landing.failed_files (
    raw_table varchar not null,
    file_path varchar not null,
    reason varchar not null,
    failed_at timestamp_ntz(6) not null
);

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

-- The raw layer: the columns of scripts/landing/schema.sql, in their order. Nested parts are VARIANT,
-- times are UTC without a zone, to the microsecond. As the role `loader`, which owns them.
use role loader;
use database azure_flows;
use warehouse loading;

-- One row: which shape this is (WAREHOUSE_VERSION in scripts/landing/warehouse.py).
create table if not exists raw.warehouse_version (version integer not null);

-- One row per flow-log record, as delivered: a record that two blobs carry stands here twice. DuckDB
-- keeps large records in parts, for its memory; here each is one row, and the offsets are 0.
create table if not exists raw.flow_logs (
    record_key varchar not null,
    record_time varchar,
    category varchar,
    flow_log_version varchar,
    mac_address varchar,
    flow_log_resource_id varchar,
    target_resource_id varchar,
    nsg_flows variant,
    vnet_flows variant,
    flow_offset bigint not null default 0,
    group_offset bigint not null default 0,
    tuple_offset bigint not null default 0,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

create table if not exists raw.operation_logs (
    event variant not null,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

create table if not exists raw.network_interfaces (
    resource variant not null,
    envelope variant,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

create table if not exists raw.virtual_machines (
    resource variant not null,
    envelope variant,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

create table if not exists raw.virtual_networks (
    resource variant not null,
    envelope variant,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

create table if not exists raw.rejected_records (
    raw_table varchar not null,
    file_path varchar not null,
    file_row bigint,
    record_key varchar,
    flow_index bigint,
    group_index bigint,
    tuple_index bigint,
    reason varchar not null,
    excerpt varchar,
    file_modified_at timestamp_ntz(6) not null,
    loaded_at timestamp_ntz(6) not null
);

-- size_bytes is that of the text: COPY does not tell the size of a packed file. etag is what Snowflake
-- calls the content key of a file.
create table if not exists raw.landed_files (
    file_path varchar not null,
    raw_table varchar not null,
    size_bytes bigint not null,
    file_modified_at timestamp_ntz(6) not null,
    row_count bigint not null,
    rejected_count bigint not null,
    loaded_at timestamp_ntz(6) not null,
    etag varchar
);

-- Stays empty here: COPY remembers by itself which files it has loaded.
create table if not exists raw.blob_listings (
    folder varchar not null,
    listed_at timestamp_ntz(6) not null,
    fully_listed_at timestamp_ntz(6) not null
);

insert into raw.warehouse_version (version)
select 2
where not exists (select version from raw.warehouse_version);

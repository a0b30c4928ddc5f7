-- The raw layer: what landing writes and staging reads (scripts/snowflake holds the same columns).
-- Nested parts of flow logs keep their structure, so that each byte is parsed once; everything
-- else stays JSON, since inventories come in many shapes and are small beside the flows.
--
-- It runs at each landing, in one transaction, and brings every earlier shape to this one: a change
-- comes with its `alter table`, and with a WAREHOUSE_VERSION of its own (warehouse.py).
create schema if not exists raw;

-- One row: which shape this is.
create table if not exists raw.warehouse_version (version integer not null);

-- One row per flow-log record, as delivered: a record that two blobs carry stands here twice.
-- A record of many tuples stands in several rows, or parts, that share its key and its place: one
-- part is a list of one flow, of one group, of some of its tuples, and the offsets say how many
-- flows of the record, groups of that flow and tuples of that group come before. DuckDB takes up
-- to 2048 rows in hand at a time, so what a row may hold decides how much memory that takes.
create table if not exists raw.flow_logs (
    record_key varchar not null,        -- md5 of (flow log, MAC, record time, content)
    record_time varchar,                -- as written, 7 fractional digits
    category varchar,
    flow_log_version varchar,           -- '1', '2' (NSG) or '4' (VNet)
    mac_address varchar,                -- the record's own, as written; NSG v1 has none here
    flow_log_resource_id varchar,       -- flowLogResourceID, else resourceId
    target_resource_id varchar,         -- VNet flow logs: a VNet, a subnet or a NIC
    nsg_flows struct(rule varchar, flows struct(mac varchar, "flowTuples" varchar[])[])[],
    vnet_flows struct(
        "aclID" varchar, "flowGroups" struct(rule varchar, "flowTuples" varchar[])[]
    )[],
    flow_offset bigint not null default 0,  -- 0 in a record of one row
    group_offset bigint not null default 0,
    tuple_offset bigint not null default 0,
    file_path varchar not null,
    file_row bigint not null,           -- 1-based position of the record in its file
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

-- A warehouse that an earlier version made has records in one row each.
alter table raw.flow_logs add column if not exists flow_offset bigint default 0;

alter table raw.flow_logs add column if not exists group_offset bigint default 0;

alter table raw.flow_logs add column if not exists tuple_offset bigint default 0;

-- One row per logged event, in either of Azure's forms (diagnostic or REST).
create table if not exists raw.operation_logs (
    event json not null,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

-- One row per resource in one snapshot. `envelope` is what stood around the list the resource came
-- from ({"value": […], "nextLink": …}) without the list itself; null for a bare resource.
create table if not exists raw.network_interfaces (
    resource json not null,
    envelope json,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

create table if not exists raw.virtual_machines (
    resource json not null,
    envelope json,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

create table if not exists raw.virtual_networks (
    resource json not null,
    envelope json,
    file_path varchar not null,
    file_row bigint not null,
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

-- One row per piece of input that states nothing because it could not be understood.
-- A tuple is named by its place in its record; a record or a line by its place in its file.
create table if not exists raw.rejected_records (
    raw_table varchar not null,         -- which input: 'flow_logs', 'operation_logs', …
    file_path varchar not null,
    file_row bigint,                    -- 1-based position in the file; null: the file as a whole
    record_key varchar,                 -- tuples only: the record that holds the tuple
    flow_index bigint,                  -- tuples only, 1-based: flows[], then groups, then tuples
    group_index bigint,
    tuple_index bigint,
    reason varchar not null,
    excerpt varchar,                    -- at most 200 characters
    file_modified_at timestamp not null,
    loaded_at timestamp not null
);

-- The manifest: one row per landed file, so that an unchanged one is not read again.
create table if not exists raw.landed_files (
    file_path varchar not null,
    raw_table varchar not null,
    size_bytes bigint not null,
    file_modified_at timestamp not null,
    row_count bigint not null,          -- flow logs: records, however many parts they have
    rejected_count bigint not null,
    loaded_at timestamp not null,
    etag varchar                        -- of a blob: Azure's name of this version of it
);

alter table raw.landed_files add column if not exists etag varchar;

-- When a folder of blobs was last listed from its newest hours on, and when all of it, with everything
-- that was found landed. One row per folder.
create table if not exists raw.blob_listings (
    folder varchar not null,            -- its URL, which begins its blobs' `file_path`
    listed_at timestamp not null,
    fully_listed_at timestamp not null
);

-- The records that landing's own SQL reads (parsed, of bulk_flow_logs.sql), in place of those that
-- it would have stored: none is checked, named or kept.
create schema if not exists raw;

create schema if not exists intermediate;

create or replace view raw.flow_logs as
select
    cast(null as varchar) as record_key,
    record."time" as record_time,
    record.category as category,
    record."flowLogVersion" as flow_log_version,
    record."macAddress" as mac_address,
    record."flowLogResourceID" as flow_log_resource_id,
    record."targetResourceID" as target_resource_id,
    record.properties.flows as nsg_flows,
    record."flowRecords".flows as vnet_flows,
    0 as flow_offset,
    0 as group_offset,
    0 as tuple_offset,
    file_path,
    file_row,
    cast(null as timestamp) as file_modified_at,
    cast(null as timestamp) as loaded_at
from parsed;

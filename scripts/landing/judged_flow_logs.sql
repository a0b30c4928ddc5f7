-- Flow-log records, typed and judged. Reads parsed(file_path, file_row, record, beginning).
create or replace temp table judged as
with

shaped as (
    select
        file_path,
        file_row,
        record."time" as record_time,
        record.category,
        case
            when record."flowLogVersion" is not null then record."flowLogVersion"
            when record.properties is not null then record.properties."Version"
        end as flow_log_version,
        record."macAddress" as mac_address,
        coalesce(record."flowLogResourceID", record."resourceId") as flow_log_resource_id,
        record."targetResourceID" as target_resource_id,
        record.properties.flows as nsg_flows,
        record."flowRecords".flows as vnet_flows,
        record,
        beginning
    from parsed
),

reasoned as (
    select
        *,
        case
            when record is null then 'the element is no flow-log record'
            when record_time is null then 'the record has no time'
            when parsed_time(record_time) is null
                then 'the time of the record does not parse: ' || left(record_time, 60)
            when flow_log_version is null then 'the record has no version'
            when flow_log_version not in ('1', '2', '4')
                then 'unknown flow log version ' || left(flow_log_version, 60)
            when flow_log_version = '4' and vnet_flows is null
                or flow_log_version <> '4' and nsg_flows is null
                then 'the record has no list of flows'
            when flow_log_resource_id is null then 'the record does not say whose log it is'
        end as reason
    from shaped
)

select
    * exclude (record, beginning),
    -- of good records none: writing each out again takes long
    case
        when reason is null then null
        when record is null then beginning
        else left(cast(to_json(record) as varchar), 200)
    end as excerpt,
    case
        when reason is null then md5(concat_ws(
            '|',
            lower(flow_log_resource_id),
            coalesce(upper(regexp_replace(mac_address, '[^0-9a-fA-F]', '', 'g')), ''),
            record_time,
            flow_log_version,
            coalesce(lower(target_resource_id), ''),
            case when flow_log_version = '4' then to_json(vnet_flows) else to_json(nsg_flows) end
        ))
    end as record_key,
    coalesce(list_sum(case
        when flow_log_version = '4' then list_transform(vnet_flows, lambda flow: list_sum(
            list_transform(flow."flowGroups", lambda flow_group: len(flow_group."flowTuples"))
        ))
        else list_transform(nsg_flows, lambda flow: list_sum(
            list_transform(flow.flows, lambda flow_group: len(flow_group."flowTuples"))
        ))
    end) > getvariable('part_tuples'), false) as is_large
from reasoned;

-- Flow-log records, typed, judged and landed. Reads parsed(file_path, file_row,
-- record, beginning).
create or replace temp table typed as
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

judged as (
    select
        *,
        case
            when record is null then 'the element is no flow-log record'
            when record_time is null then 'the record has no time'
            when try_cast(record_time as timestamptz) is null
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
    end as record_key
from judged;

insert into raw.flow_logs
select
    record_key,
    record_time,
    category,
    flow_log_version,
    mac_address,
    flow_log_resource_id,
    target_resource_id,
    case when flow_log_version <> '4' then nsg_flows end,
    case when flow_log_version = '4' then vnet_flows end,
    typed.file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at)
from typed
inner join batch_files using (file_path)
left join earlier on typed.file_path = earlier.file_path and typed.record_key = earlier.row_key
where reason is null;

insert into new_counts
select file_path, count(*)
from typed
where reason is null
group by all;

insert into new_rejected
select file_path, file_row, null, null, null, null, reason, excerpt
from typed
where reason is not null;

-- every tuple, and every place where a list of tuples should be
insert into new_rejected
with

flows as (
    select file_path, file_row, record_key, flow_log_version,
        unnest(nsg_flows).flows as groups, generate_subscripts(nsg_flows, 1) as flow_index
    from typed
    where reason is null and flow_log_version <> '4'
),

vnet as (
    select file_path, file_row, record_key, flow_log_version,
        unnest(vnet_flows)."flowGroups" as groups, generate_subscripts(vnet_flows, 1) as flow_index
    from typed
    where reason is null and flow_log_version = '4'
),

all_groups as (
    select file_path, file_row, record_key, flow_log_version, flow_index,
        groups is null as is_missing,
        unnest(case when groups is null then [null] else groups end)."flowTuples" as tuples,
        generate_subscripts(case when groups is null then [null] else groups end, 1) as group_index
    from flows
    union all
    select file_path, file_row, record_key, flow_log_version, flow_index,
        groups is null,
        unnest(case when groups is null then [null] else groups end)."flowTuples",
        generate_subscripts(case when groups is null then [null] else groups end, 1)
    from vnet
),

tuples as (
    select
        file_path,
        file_row,
        record_key,
        flow_log_version,
        flow_index,
        group_index,
        tuples is null as is_list_missing,
        unnest(case when tuples is null then [null] else tuples end) as flow_tuple,
        generate_subscripts(case when tuples is null then [null] else tuples end, 1) as tuple_index
    from all_groups
),

judged as (
    select
        *,
        len(flow_tuple) - len(replace(flow_tuple, ',', '')) + 1 as fields,
        case flow_log_version
            when '1' then regexp_full_match(flow_tuple, nsg_tuple_pattern())
            when '2' then regexp_full_match(
                flow_tuple, nsg_tuple_pattern() || ',[BCE]?' || counters_pattern()
            )
            when '4' then regexp_full_match(
                flow_tuple,
                tuple_start_pattern() || protocol_pattern()
                || ',[IO],[BCED],[^,]*' || counters_pattern()
            )
        end as is_understood
    from tuples
)

select
    file_path,
    file_row,
    case when is_list_missing then null else record_key end,
    flow_index,
    group_index,
    case when is_list_missing then null else tuple_index end,
    case
        when is_list_missing then 'a flow of the record has no list of tuples'
        when flow_tuple is null then 'the tuple is no text'
        when fields <> case flow_log_version when '1' then 8 else 13 end
            then format(
                'the tuple has {} fields, a version {} tuple has {}',
                fields, flow_log_version, case flow_log_version when '1' then 8 else 13 end
            )
        else 'a field of the tuple does not parse'
    end,
    left(flow_tuple, 200)
from judged
where is_list_missing or is_understood is not true;

drop table typed;

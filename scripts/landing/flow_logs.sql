-- Flow-log records that are judged, landed.

-- one row per tuple, and per place where a list of tuples should be
create or replace temp view flow_tuples as
with

nsg as (
    select file_path, file_row, record_key, flow_log_version, is_large,
        unnest(nsg_flows).rule as flow_name, unnest(nsg_flows).flows as groups,
        generate_subscripts(nsg_flows, 1) as flow_index
    from judged
    where reason is null and flow_log_version <> '4'
),

vnet as (
    select file_path, file_row, record_key, flow_log_version, is_large,
        unnest(vnet_flows)."aclID" as flow_name, unnest(vnet_flows)."flowGroups" as groups,
        generate_subscripts(vnet_flows, 1) as flow_index
    from judged
    where reason is null and flow_log_version = '4'
),

all_groups as (
    select
        * exclude (groups),
        unnest(case when groups is null then [null] else groups end).mac as group_name,
        unnest(case when groups is null then [null] else groups end)."flowTuples" as tuples,
        generate_subscripts(case when groups is null then [null] else groups end, 1) as group_index
    from nsg
    union all
    select
        * exclude (groups),
        unnest(case when groups is null then [null] else groups end).rule,
        unnest(case when groups is null then [null] else groups end)."flowTuples",
        generate_subscripts(case when groups is null then [null] else groups end, 1)
    from vnet
)

select
    * exclude (tuples),
    tuples is null as is_list_missing,
    unnest(case when tuples is null then [null] else tuples end) as flow_tuple,
    generate_subscripts(case when tuples is null then [null] else tuples end, 1) as tuple_index
from all_groups;

-- A large record without the lists that hold no tuples: those are rejected, and nothing reads them.
insert into raw.flow_logs by name
with

whole as (
    select
        file_path,
        file_row,
        case when flow_log_version <> '4' then nsg_flows end as nsg_flows,
        case when flow_log_version = '4' then vnet_flows end as vnet_flows,
        0 as flow_offset,
        0 as group_offset,
        0 as tuple_offset
    from judged
    where reason is null and not is_large
),

-- lists made anew from their tuples: each slice of a long list would copy all of it
parts as (
    select
        file_path,
        file_row,
        flow_log_version,
        flow_index - 1 as flow_offset,
        group_index - 1 as group_offset,
        (tuple_index - 1) // getvariable('part_tuples') * getvariable('part_tuples')
            as tuple_offset,
        any_value(flow_name) as flow_name,
        any_value(group_name) as group_name,
        list(flow_tuple order by tuple_index) as tuples
    from flow_tuples
    where is_large and not is_list_missing
    group by 1, 2, 3, 4, 5, 6
),

stored as (
    select * from whole
    union all
    select
        file_path,
        file_row,
        case when flow_log_version <> '4' then
            [{'rule': flow_name, 'flows': [{'mac': group_name, 'flowTuples': tuples}]}]
        end,
        case when flow_log_version = '4' then
            [{'aclID': flow_name, 'flowGroups': [{'rule': group_name, 'flowTuples': tuples}]}]
        end,
        flow_offset,
        group_offset,
        tuple_offset
    from parts
)

select
    judged.record_key,
    record_time,
    category,
    flow_log_version,
    mac_address,
    flow_log_resource_id,
    target_resource_id,
    stored.nsg_flows,
    stored.vnet_flows,
    flow_offset,
    group_offset,
    tuple_offset,
    file_path,
    file_row,
    file_modified_at,
    coalesce(earlier.loaded_at, batch_files.loaded_at) as loaded_at
from stored
inner join judged using (file_path, file_row)
inner join batch_files using (file_path)
left join earlier on file_path = earlier.file_path and judged.record_key = earlier.row_key;

insert into new_counts
select file_path, count(*)
from judged
where reason is null
group by all;

insert into new_rejected
select file_path, file_row, null, null, null, null, reason, excerpt
from judged
where reason is not null;

insert into new_rejected
with

patterned as (
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
    from flow_tuples
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
from patterned
where is_list_missing or is_understood is not true;

drop table judged;

-- VNet flow log blobs (version 4) and the typed tuples that are in them, in bulk. In: the variables
-- seed, tuples, tuples_in_record, records_in_blob, start_ms, flow_log_id, target_id, acl_id; and
-- chance() and moment() of windows.sql. A NIC writes one record a minute, and an hour's records
-- are one blob.

create or replace temp macro mac_of(nic_no) as printf('000D3A%06X', nic_no);

create or replace temp view drawn_tuples as
select
    range as tuple_no,
    range // getvariable('tuples_in_record') as record_no,
    range // getvariable('tuples_in_record') // getvariable('records_in_blob') as blob_no,
    -- two rules in each record, one after the other
    range % getvariable('tuples_in_record') * 2 // getvariable('tuples_in_record') as rule_no,
    chance(range, 'state') as state_draw
from range(getvariable('tuples'));

create or replace temp view typed_tuples as
select
    tuple_no,
    record_no,
    blob_no,
    rule_no,
    -- 50 NICs; each of their hours is a blob
    mac_of(blob_no % 50) as capture_mac,
    getvariable('start_ms') + blob_no // 50 * 3600000
        + record_no % getvariable('records_in_blob') * 60000 as record_ms,
    getvariable('start_ms') + blob_no // 50 * 3600000
        + record_no % getvariable('records_in_blob') * 60000
        - 1 - cast(floor(chance(tuple_no, 'time') * 60000) as bigint) as event_ms,
    concat_ws('.', 10, 0, hash(blob_no) % 4, blob_no % 50) as src_ip,
    concat_ws('.', 10, hash(tuple_no, 1) % 8, hash(tuple_no, 2) % 250, hash(tuple_no, 3) % 250)
        as dst_ip,
    cast(1024 + hash(tuple_no, 4) % 60000 as integer) as src_port,
    cast([443, 22, 53, 8080, 1433][1 + tuple_no % 5] as integer) as dst_port,
    cast(if(tuple_no % 5 = 2, 17, 6) as integer) as protocol,
    if(chance(tuple_no, 'direction') < 0.5, 'outbound', 'inbound') as direction,
    case
        when state_draw < 0.4 then 'begin' when state_draw < 0.5 then 'continue'
        when state_draw < 0.9 then 'end' else 'denied'
    end as flow_state,
    cast(if(state_draw >= 0.4 and state_draw < 0.9, hash(tuple_no, 5) % 900, 0) as bigint)
        as packets_src_to_dst,
    cast(if(state_draw >= 0.4 and state_draw < 0.9, hash(tuple_no, 6) % 900000, 0) as bigint)
        as bytes_src_to_dst,
    cast(if(state_draw >= 0.4 and state_draw < 0.9, hash(tuple_no, 7) % 90, 0) as bigint)
        as packets_dst_to_src,
    cast(if(state_draw >= 0.4 and state_draw < 0.9, hash(tuple_no, 8) % 90000, 0) as bigint)
        as bytes_dst_to_src
from drawn_tuples;

create or replace temp macro rule_of(rule_no) as
    if(rule_no = 0, 'DefaultRule_AllowInternetOutBound', 'UserRule_allow-app');

-- What every contender has to write, column by column.
create or replace temp view tuples as
select
    moment(record_ms) as recorded_at,
    capture_mac,
    getvariable('flow_log_id') as flow_log_id,
    getvariable('target_id') as target_id,
    getvariable('acl_id') as acl_id,
    rule_of(rule_no) as rule_name,
    moment(event_ms) as event_at,
    src_ip,
    dst_ip,
    src_port,
    dst_port,
    protocol,
    direction,
    if(flow_state = 'denied', 'denied', 'allowed') as action,
    flow_state,
    'NX' as encryption,
    packets_src_to_dst,
    bytes_src_to_dst,
    packets_dst_to_src,
    bytes_dst_to_src
from typed_tuples;

-- The blobs of a range of numbers, as Azure writes them.
create or replace temp macro blobs_between(first_no, last_no) as table
with

lists as (
    select
        blob_no,
        record_no,
        any_value(record_ms) as record_ms,
        any_value(capture_mac) as mac,
        rule_no,
        '"' || string_agg(
            concat_ws(
                ',', event_ms, src_ip, dst_ip, src_port, dst_port, protocol,
                if(direction = 'outbound', 'O', 'I'), upper(flow_state[1]), 'NX',
                packets_src_to_dst, bytes_src_to_dst, packets_dst_to_src, bytes_dst_to_src
            ),
            '","' order by tuple_no
        ) || '"' as flow_tuples
    from typed_tuples
    where blob_no >= first_no and blob_no < last_no
    group by blob_no, record_no, rule_no
),

records as (
    select
        blob_no,
        record_no,
        any_value(record_ms) as record_ms,
        any_value(mac) as mac,
        string_agg(
            format('{{"rule":"{}","flowTuples":[{}]}}', rule_of(rule_no), flow_tuples),
            ',' order by rule_no
        ) as groups
    from lists
    group by blob_no, record_no
)

select
    any_value(mac) as mac,
    max(record_ms) as record_ms,
    '{"records":[' || string_agg(
        format(
            '{{"time":"{}","flowLogVersion":4,"flowLogGUID":"{}","macAddress":"{}",'
            '"category":"FlowLogFlowEvent","flowLogResourceID":"{}","targetResourceID":"{}",'
            '"operationName":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"{}",'
            '"flowGroups":[{}]}}]}}}}',
            strftime(moment(record_ms), '%Y-%m-%dT%H:%M:%S.%g0000Z'),
            md5(getvariable('flow_log_id')), mac, upper(getvariable('flow_log_id')),
            getvariable('target_id'), getvariable('acl_id'), groups
        ),
        ',' order by record_no
    ) || ']}' as blob
from records
group by blob_no
order by blob_no;

-- The parts of a flow-log record that are kept, of all versions; parsing takes each byte once.
create or replace temp macro record_structure() as
    '{"time": "VARCHAR", "category": "VARCHAR", "macAddress": "VARCHAR",'
    || ' "flowLogVersion": "VARCHAR", "flowLogResourceID": "VARCHAR", "resourceId": "VARCHAR",'
    || ' "targetResourceID": "VARCHAR", "properties": {"Version": "VARCHAR", "flows":'
    || ' [{"rule": "VARCHAR", "flows": [{"mac": "VARCHAR", "flowTuples": ["VARCHAR"]}]}]},'
    || ' "flowRecords": {"flows": [{"aclID": "VARCHAR", "flowGroups":'
    || ' [{"rule": "VARCHAR", "flowTuples": ["VARCHAR"]}]}]}}';

create or replace temp macro flow_log_of(content) as
    from_json(content, '{"records": [' || record_structure() || ']}');

create or replace temp macro record_of(content) as from_json(content, record_structure());

-- The fields of a tuple, by their form and their range.
create or replace temp macro port_pattern() as
    '([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])?';

create or replace temp macro protocol_pattern() as
    '([0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])';

create or replace temp macro counters_pattern() as '(,[0-9]{0,18}){4}';

create or replace temp macro tuple_start_pattern() as
    '[0-9]{9,14},[^,]+,[^,]+,' || port_pattern() || ',' || port_pattern() || ',';

create or replace temp macro nsg_tuple_pattern() as
    tuple_start_pattern() || '(T|U|' || protocol_pattern() || '),[IO],[AD]';

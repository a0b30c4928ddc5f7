-- One row per blob of the hour $hour_ms: its text, as azure_files prints single records.
with

tuples as (
    select
        *,
        concat_ws(
            ',',
            case log_format when 'vnet_v4' then tuple_ms else tuple_ms // 1000 end,
            src_ip, dst_ip, src_port, dst_port,
            case when log_format = 'vnet_v4' then cast(protocol as varchar)
                when protocol = 17 then 'U' else 'T' end,
            if(is_outbound, 'O', 'I'),
            case log_format
                when 'vnet_v4' then state || ',NX,'
                    || if(state = 'E', concat_ws(',', 1 + i % 90, 60 + i % 9000, 3, 1800), '0,0,0,0')
                when 'nsg_v2' then if(state = 'D', 'D,B', 'A,' || state) || ','
                    || if(state = 'E', concat_ws(',', 1 + i % 90, 60 + i % 9000, 3, 1800), ',,,')
                else if(state = 'D', 'D', 'A')
            end
        ) as flow_tuple
    from captures
    where written_ms >= $hour_ms and written_ms < $hour_ms + 3600000
),

records as (
    select
        log_format, flow_log_id, mac, written_ms,
        '"' || string_agg(flow_tuple, '","' order by tuple_ms, i, is_outbound) || '"' as flow_tuples,
        strftime(make_timestamp(written_ms * 1000), '%Y-%m-%dT%H:%M:%S.%g0000Z') as record_time
    from tuples
    group by log_format, flow_log_id, mac, written_ms
)

select
    log_format, flow_log_id, mac,
    '{"records":[' || string_agg(
        case log_format
            when 'vnet_v4' then format(
                '{{"time":"{}","flowLogVersion":4,"flowLogGUID":"{}","macAddress":"{}",'
                '"category":"FlowLogFlowEvent","flowLogResourceID":"{}","targetResourceID":"{}",'
                '"operationName":"FlowLogFlowEvent","flowRecords":{{"flows":[{{"aclID":"{}",'
                '"flowGroups":[{{"rule":"DefaultRule","flowTuples":[{}]}}]}}]}}}}',
                record_time, md5(flow_log_id), mac, upper(flow_log_id), target_id, $acl, flow_tuples
            )
            else format(
                '{{"time":"{}","systemId":"{}",{}"category":"NetworkSecurityGroupFlowEvent",'
                '"resourceId":"{}","operationName":"NetworkSecurityGroupFlowEvents","properties":'
                '{{"Version":{},"flows":[{{"rule":"DefaultRule","flows":[{{"mac":"{}",'
                '"flowTuples":[{}]}}]}}]}}}}',
                record_time, md5(flow_log_id),
                if(log_format = 'nsg_v1', '', '"macAddress":"' || mac || '",'),
                upper(flow_log_id), log_format[-1:], mac, flow_tuples
            )
        end,
        ',' order by written_ms
    ) || ']}' as blob
from records
inner join vnet_logs using (log_format, flow_log_id)
group by log_format, flow_log_id, mac
order by all

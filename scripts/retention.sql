-- Takes the flow-log records of before `forget_before` out of the raw tables, and keeps what their
-- flows sighted (rule 9).
create or replace temp table forgotten_records as
select distinct record_key
from staging.stg_flow_logs__records
where recorded_at < cast(getvariable('forget_before') as timestamp);

create or replace temp table forgotten_tuples as
select capture_mac, target_id, flow_log_id, direction, src_ip, dst_ip, event_at
from intermediate.int_flow_tuples
where record_key in (select record_key from forgotten_records) and not is_withdrawn;

-- as int_sightings has them
insert into state.retained_sightings by name
select
    capture_mac,
    target_id,
    flow_log_id,
    case direction when 'outbound' then src_ip when 'inbound' then dst_ip end as address,
    date_trunc('hour', event_at) as hour,
    min(event_at) as first_seen_at,
    max(event_at) as last_seen_at
from forgotten_tuples
where capture_mac is not null and event_at is not null and address is not null
group by capture_mac, target_id, flow_log_id, address, hour;

delete from raw.rejected_records
where raw_table = 'flow_logs' and record_key in (select record_key from forgotten_records);

delete from raw.flow_logs where record_key in (select record_key from forgotten_records);

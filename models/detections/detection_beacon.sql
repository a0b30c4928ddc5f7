{{ config(materialized=var('detections_as')) }}

-- A VM that calls one internet address again and again at a steady pace, as an implant that asks
-- for orders does. One row per machine, address, port and day.
with

flows as (
    select
        *,
        {{ dbt.date_trunc('day', 'event_at') }} as day
    from {{ ref('int_vm_flows') }}
    where
        peer_reason = 'internet'
        and is_attempt
        -- a firewall's copy of a flow would stand between two of its own
        and is_logged_by_itself
),

thresholds as (
    select * from {{ ref('detection_thresholds') }}
),

-- one row per second in which it called, and log: several connections at once are one call
calls as (
    select
        vm_id,
        vm_uuid,
        dst_ip,
        dst_port,
        protocol,
        log_format,
        flow_log_id,
        day,
        event_second,
        max(vm_name) as vm_name,
        max(protocol_name) as protocol_name,
        min(event_at) as event_at,
        max(loaded_at) as loaded_at,
        max(evidence) as evidence,
        count(*) as flows,
        min(flow_id) as flow_id
    from flows
    group by
        vm_id, vm_uuid, dst_ip, dst_port, protocol, log_format, flow_log_id, day, event_second
),

paced as (
    select
        *,
        event_second - lag(event_second) over (
            partition by
                vm_id, vm_uuid, dst_ip, dst_port, protocol, log_format, flow_log_id, day
            order by event_second
        ) as pause
    from calls
),

days as (
    select
        vm_id,
        vm_uuid,
        dst_ip,
        dst_port,
        protocol,
        log_format,
        flow_log_id,
        day,
        max(vm_name) as vm_name,
        max(protocol_name) as protocol_name,
        min(event_at) as first_at,
        max(event_at) as last_at,
        max(loaded_at) as loaded_at,
        count(*) as contacts,
        avg(pause) as mean_pause,
        stddev_pop(pause) as deviation,
        max(evidence) as evidence,
        sum(flows) as flows,
        min(flow_id) as flow_id
    from paced
    group by vm_id, vm_uuid, dst_ip, dst_port, protocol, log_format, flow_log_id, day
),

-- one row per day: several flow logs may be on, and each would tell it
steady as (
    select
        days.*,
        thresholds.beacon_contacts as threshold,
        cast(floor(days.mean_pause) as bigint) as whole_pause,
        cast(floor(100 * days.deviation / days.mean_pause) as bigint) as jitter_percent
    from days
    cross join thresholds
    where
        days.contacts >= thresholds.beacon_contacts
        and days.mean_pause >= thresholds.beacon_seconds
        and 100 * days.deviation <= thresholds.beacon_jitter_percent * days.mean_pause
    qualify row_number() over (
            partition by
                days.vm_id, days.vm_uuid, days.dst_ip, days.dst_port, days.protocol, days.day
            order by days.contacts desc, days.log_format desc, days.flow_log_id asc
        ) = 1
)

select
    cast(
        {{ detection_id('beacon', [
            'vm_id', 'vm_uuid', 'dst_ip', 'dst_port', 'protocol', 'cast(day as date)'
        ]) }} as varchar
    ) as detection_id,
    cast('beacon' as varchar) as detection,
    cast(first_at as {{ type_ts() }}) as first_at,
    cast(last_at as {{ type_ts() }}) as last_at,
    cast(loaded_at as {{ type_ts() }}) as loaded_at,
    cast(vm_id as varchar) as vm_id,
    cast(vm_uuid as varchar) as vm_uuid,
    cast(vm_name as varchar) as vm_name,
    cast(null as varchar) as peer_vm_id,
    cast(null as varchar) as peer_vm_uuid,
    cast(null as varchar) as peer_vm_name,
    cast(dst_ip as varchar) as peer_ip,
    cast(dst_port as integer) as peer_port,
    cast(protocol_name as varchar) as protocol_name,
    cast(
        vm_name || ' called ' || dst_ip || ' on ' || protocol_name || ' port '
        || coalesce(cast(dst_port as varchar), 'none') || ' ' || cast(contacts as varchar)
        || ' times that day, every ' || cast(whole_pause as varchar) || ' seconds, give or take '
        || cast(jitter_percent as varchar) || ' percent' as varchar
    ) as reason,
    cast(evidence as varchar) as evidence,
    cast(flows as bigint) as flows,
    cast(flow_id as varchar) as flow_id,
    cast(contacts as bigint) as measured,
    cast(threshold as bigint) as threshold
from steady

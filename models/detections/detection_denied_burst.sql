{{ config(materialized=var('detections_as')) }}

-- A VM that is denied again and again in a short time. One row per machine and bucket of time.
with

flows as (
    select
        done.*,
        thresholds.denied_burst_attempts as threshold,
        thresholds.denied_burst_minutes as minutes,
        {{ bucket_no('done.event_second', 'thresholds.denied_burst_minutes') }} as bucket,
        -- Two logs of one flow, or one that is repeated, are one attempt.
        cast(done.protocol as varchar) || '|' || coalesce(cast(done.src_port as varchar), '') || '|'
        || done.dst_ip || '|' || coalesce(cast(done.dst_port as varchar), '') as attempt
    from {{ ref('int_vm_flows') }} as done
    cross join {{ ref('detection_thresholds') }} as thresholds
    where done.action = 'denied'
),

buckets as (
    select
        vm_id,
        vm_uuid,
        bucket,
        minutes,
        threshold,
        max(vm_name) as vm_name,
        min(event_at) as first_at,
        max(event_at) as last_at,
        max(loaded_at) as loaded_at,
        count(distinct attempt) as attempts,
        count(distinct dst_ip) as addresses,
        count(distinct dst_port) as ports,
        min(dst_ip) as an_address,
        min(dst_port) as a_port,
        count(distinct protocol) as protocols,
        min(protocol_name) as a_protocol_name,
        max(evidence) as evidence,
        count(*) as flows,
        min(flow_id) as flow_id
    from flows
    group by vm_id, vm_uuid, bucket, minutes, threshold
)

select
    cast(
        {{ detection_id('denied_burst', ['vm_id', 'vm_uuid', 'minutes', 'bucket']) }} as varchar
    ) as detection_id,
    cast('denied_burst' as varchar) as detection,
    cast(first_at as {{ type_ts() }}) as first_at,
    cast(last_at as {{ type_ts() }}) as last_at,
    cast(loaded_at as {{ type_ts() }}) as loaded_at,
    cast(vm_id as varchar) as vm_id,
    cast(vm_uuid as varchar) as vm_uuid,
    cast(vm_name as varchar) as vm_name,
    cast(null as varchar) as peer_vm_id,
    cast(null as varchar) as peer_vm_uuid,
    cast(null as varchar) as peer_vm_name,
    cast(case when addresses = 1 then an_address end as varchar) as peer_ip,
    cast(case when ports = 1 then a_port end as integer) as peer_port,
    cast(case when protocols = 1 then a_protocol_name end as varchar) as protocol_name,
    cast(
        vm_name || ' was denied ' || cast(attempts as varchar) || ' connections within '
        || cast(minutes as varchar) || ' minutes, to ' || cast(addresses as varchar)
        || ' addresses and ' || cast(ports as varchar) || ' ports' as varchar
    ) as reason,
    cast(evidence as varchar) as evidence,
    cast(flows as bigint) as flows,
    cast(flow_id as varchar) as flow_id,
    cast(attempts as bigint) as measured,
    cast(threshold as bigint) as threshold
from buckets
where attempts >= threshold

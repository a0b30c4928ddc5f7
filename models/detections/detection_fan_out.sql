{{ config(materialized=var('detections_as')) }}

-- A VM that reaches many addresses on one port in a short time, as who looks for machines does.
-- One row per machine, protocol, port and bucket of time.
with

flows as (
    select
        done.*,
        thresholds.fan_out_addresses as threshold,
        thresholds.fan_out_minutes as minutes,
        {{ bucket_no('done.event_second', 'thresholds.fan_out_minutes') }} as bucket,
        -- Two logs of one flow are one attempt.
        coalesce(cast(done.src_port as varchar), '') || '|' || done.dst_ip as attempt
    from {{ ref('int_vm_flows') }} as done
    cross join {{ ref('detection_thresholds') }} as thresholds
    -- Of the internet's every browser reaches many; the platform and multicast are no machines.
    where
        -- what continues or ends reaches nobody new
        done.is_attempt
        and coalesce(done.peer_reason, 'vm')
        not in ('internet', 'azure_platform', 'not_unicast', 'invalid_address')
),

buckets as (
    select
        vm_id,
        vm_uuid,
        protocol,
        dst_port,
        bucket,
        minutes,
        threshold,
        max(vm_name) as vm_name,
        max(protocol_name) as protocol_name,
        min(event_at) as first_at,
        max(event_at) as last_at,
        max(loaded_at) as loaded_at,
        count(distinct dst_ip) as addresses,
        -- several NICs may hold an ambiguous one
        count(distinct case
            when peer_nic_id is null and coalesce(peer_reason, '') <> 'ambiguous' then dst_ip
        end) as addresses_of_none,
        count(distinct attempt) as attempts,
        count(distinct case when action = 'denied' then attempt end) as denied,
        -- 'open' comes after 'confirmed': the weaker of them
        max(evidence) as evidence,
        count(*) as flows,
        min(flow_id) as flow_id
    from flows
    group by vm_id, vm_uuid, protocol, dst_port, bucket, minutes, threshold
)

select
    cast(
        {{ detection_id('fan_out', [
            'vm_id', 'vm_uuid', 'protocol', 'dst_port', 'minutes', 'bucket'
        ]) }} as varchar
    ) as detection_id,
    cast('fan_out' as varchar) as detection,
    cast(first_at as {{ type_ts() }}) as first_at,
    cast(last_at as {{ type_ts() }}) as last_at,
    cast(loaded_at as {{ type_ts() }}) as loaded_at,
    cast(vm_id as varchar) as vm_id,
    cast(vm_uuid as varchar) as vm_uuid,
    cast(vm_name as varchar) as vm_name,
    cast(null as varchar) as peer_vm_id,
    cast(null as varchar) as peer_vm_uuid,
    cast(null as varchar) as peer_vm_name,
    cast(null as varchar) as peer_ip,
    cast(dst_port as integer) as peer_port,
    cast(protocol_name as varchar) as protocol_name,
    cast(
        vm_name || ' reached ' || cast(addresses as varchar) || ' addresses on ' || protocol_name
        || ' port '
        || coalesce(cast(dst_port as varchar), 'none')
        || ' within '
        || cast(minutes as varchar)
        || ' minutes, ' || cast(addresses_of_none as varchar) || ' of them held by no known NIC; '
        || cast(denied as varchar) || ' of ' || cast(attempts as varchar)
        || ' attempts were denied' as varchar
    ) as reason,
    cast(evidence as varchar) as evidence,
    cast(flows as bigint) as flows,
    cast(flow_id as varchar) as flow_id,
    cast(addresses as bigint) as measured,
    cast(threshold as bigint) as threshold
from buckets
where addresses >= threshold

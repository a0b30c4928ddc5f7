{{ config(materialized=var('detections_as')) }}

-- A VM that sends far more to the internet in an hour than it ever did.
-- One row per machine and hour.
with

flows as (
    select
        *,
        {{ dbt.date_trunc('hour', 'event_at') }} as hour
    from {{ ref('int_vm_flows') }}
    where
        peer_reason = 'internet'
        -- a firewall on the way counts the same bytes once more
        and is_logged_by_itself
),

thresholds as (
    select * from {{ ref('detection_thresholds') }}
),

-- one row per machine, hour, NIC, log and address
addresses as (
    select
        vm_id,
        vm_uuid,
        hour,
        nic_id,
        log_format,
        flow_log_id,
        dst_ip,
        max(vm_name) as vm_name,
        min(event_at) as first_at,
        max(event_at) as last_at,
        max(loaded_at) as loaded_at,
        coalesce(sum(bytes_src_to_dst), 0) as bytes,
        max(evidence) as evidence,
        count(*) as flows,
        min(flow_id) as flow_id
    from flows
    group by vm_id, vm_uuid, hour, nic_id, log_format, flow_log_id, dst_ip
),

measured as (
    select
        *,
        sum(bytes) over (
            partition by vm_id, vm_uuid, hour, nic_id, log_format, flow_log_id
        ) as log_bytes
    from addresses
),

-- Of each NIC one log: NSG and VNet flow logs, and those of a NIC, its subnet and its VNet, may all
-- be on, and count the same bytes.
counted as (
    select * from measured
    qualify dense_rank() over (
            partition by vm_id, vm_uuid, hour, nic_id
            order by log_bytes desc, log_format desc, flow_log_id asc
        ) = 1
),

-- one row per machine, hour and address, its NICs together
ranked as (
    select
        vm_id,
        vm_uuid,
        hour,
        dst_ip,
        max(vm_name) as vm_name,
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(loaded_at) as loaded_at,
        sum(bytes) as bytes,
        max(evidence) as evidence,
        sum(flows) as flows,
        min(flow_id) as flow_id,
        row_number() over (
            partition by vm_id, vm_uuid, hour
            order by sum(bytes) desc, dst_ip asc
        ) as place
    from counted
    group by vm_id, vm_uuid, hour, dst_ip
),

-- one row per machine and hour
hours as (
    select
        vm_id,
        vm_uuid,
        hour,
        max(vm_name) as vm_name,
        min(first_at) as first_at,
        max(last_at) as last_at,
        max(loaded_at) as loaded_at,
        sum(bytes) as bytes,
        max(case when place = 1 then dst_ip end) as top_ip,
        max(case when place = 1 then bytes end) as top_bytes,
        max(evidence) as evidence,
        sum(flows) as flows,
        min(flow_id) as flow_id
    from ranked
    group by vm_id, vm_uuid, hour
),

-- of this incarnation alone: who held the name or the address before is another machine
compared as (
    select
        *,
        count(*) over (
            partition by vm_id, vm_uuid order by hour
            rows between unbounded preceding and 1 preceding
        ) as past_hours,
        avg(bytes) over (
            partition by vm_id, vm_uuid order by hour
            rows between unbounded preceding and 1 preceding
        ) as past_mean,
        max(bytes) over (
            partition by vm_id, vm_uuid order by hour
            rows between unbounded preceding and 1 preceding
        ) as past_most
    from hours
),

judged as (
    select
        compared.*,
        thresholds.egress_factor as threshold,
        -- a log may say more bytes than a bigint holds
        cast(
            floor(compared.bytes / {{ greatest_known() }}(compared.past_mean, 1)) as decimal(38, 0)
        ) as factor
    from compared
    cross join thresholds
    where
        compared.past_hours >= thresholds.egress_past_hours
        and compared.bytes >= thresholds.egress_megabytes * 1000000
        and compared.bytes > compared.past_most
        and compared.bytes >= thresholds.egress_factor * compared.past_mean
)

select
    cast({{ detection_id('egress', ['vm_id', 'vm_uuid', epoch_seconds('hour')]) }} as varchar)
        as detection_id,
    cast('egress' as varchar) as detection,
    cast(first_at as {{ type_ts() }}) as first_at,
    cast(last_at as {{ type_ts() }}) as last_at,
    cast(loaded_at as {{ type_ts() }}) as loaded_at,
    cast(vm_id as varchar) as vm_id,
    cast(vm_uuid as varchar) as vm_uuid,
    cast(vm_name as varchar) as vm_name,
    cast(null as varchar) as peer_vm_id,
    cast(null as varchar) as peer_vm_uuid,
    cast(null as varchar) as peer_vm_name,
    cast(top_ip as varchar) as peer_ip,
    cast(null as integer) as peer_port,
    cast(null as varchar) as protocol_name,
    cast(
        vm_name || ' sent ' || cast(cast(floor(bytes / 1000000) as decimal(38, 0)) as varchar)
        || ' MB to the internet in one hour, ' || cast(factor as varchar) || ' times its mean of '
        || cast(cast(floor(past_mean / 1000) as decimal(38, 0)) as varchar) || ' kB over '
        || cast(past_hours as varchar) || ' earlier hours in which it sent; most of it, '
        || cast(cast(floor(top_bytes / 1000000) as decimal(38, 0)) as varchar) || ' MB, to '
        || top_ip as varchar
    ) as reason,
    cast(evidence as varchar) as evidence,
    cast(flows as bigint) as flows,
    cast(flow_id as varchar) as flow_id,
    cast({{ least_known() }}(factor, 9223372036854775807) as bigint) as measured,
    cast(threshold as bigint) as threshold
from judged

{{ config(materialized=var('detections_as')) }}

-- The first time that a VM reaches another one on a port by which machines are administered.
-- One row per pair of machines, class of ports, and whether it was allowed or denied.
with

flows as (
    select * from {{ ref('int_vm_flows') }}
    where
        peer_vm_id is not null
        and peer_evidence in ('confirmed', 'open')
),

port_classes as (
    select * from {{ ref('detection_port_classes') }}
),

thresholds as (
    select * from {{ ref('detection_thresholds') }}
),

-- one row per VNet: where logging began later, all was new later
stored as (
    select
        coalesce(vnet_id, subscription_id, '') as logged_in,
        min({{ epoch_seconds('event_at') }}) as first_second
    from {{ ref('fct_flows') }}
    group by coalesce(vnet_id, subscription_id, '')
),

-- whoever the other end was
denied as (
    select
        vm_id,
        vm_uuid,
        protocol,
        src_port,
        dst_ip,
        dst_port,
        event_second
    from {{ ref('int_vm_flows') }}
    where action = 'denied'
),

-- one row per machine: its first flow
machines as (
    select
        vm_id,
        vm_uuid,
        min(event_second) as first_second
    from {{ ref('int_vm_flows') }}
    group by vm_id, vm_uuid
),

contacts as (
    select
        flows.*,
        port_classes.port_class,
        stored.first_second as stored_from,
        case
            when flows.evidence = 'open' or flows.peer_evidence = 'open' then 'open'
            else 'confirmed'
        end as weaker_evidence
    from flows
    inner join port_classes
        on flows.protocol = port_classes.protocol and flows.dst_port = port_classes.port
    inner join stored on coalesce(flows.logged_in, '') = stored.logged_in
    -- What its own rules let out, and those of the other end denied, reached nobody, though its own
    -- log says allowed, for minutes, until it ends.
    left join denied
        on
            flows.action = 'allowed'
            and flows.vm_id = denied.vm_id
            and coalesce(flows.vm_uuid, '') = coalesce(denied.vm_uuid, '')
            and flows.protocol = denied.protocol
            and flows.src_port = denied.src_port
            and flows.dst_ip = denied.dst_ip
            and flows.dst_port = denied.dst_port
            and flows.event_second >= denied.event_second - 60
            and flows.event_second <= denied.event_second + 600
    where
        denied.vm_id is null
        and (
            flows.vm_id <> flows.peer_vm_id
            or coalesce(flows.vm_uuid, '') <> coalesce(flows.peer_vm_uuid, '')
        )
),

first_contacts as (
    select
        *,
        -- either end's log would have shown one before
        min(stored_from) over (
            partition by vm_id, vm_uuid, peer_vm_id, peer_vm_uuid, port_class, action
        ) as past_from
    from contacts
    qualify row_number() over (
            partition by vm_id, vm_uuid, peer_vm_id, peer_vm_uuid, port_class, action
            order by event_at, flow_id
        ) = 1
),

judged as (
    select
        first_contacts.*,
        thresholds.first_contact_past_hours as threshold,
        cast(floor((first_contacts.event_second - first_contacts.past_from) / 3600) as bigint)
            as past_hours,
        cast(floor((first_contacts.event_second - machines.first_second) / 60) as bigint)
            as own_minutes
    from first_contacts
    cross join thresholds
    inner join machines
        on
            first_contacts.vm_id = machines.vm_id
            and coalesce(first_contacts.vm_uuid, '') = coalesce(machines.vm_uuid, '')
)

select
    cast(
        {{ detection_id('first_contact', [
            'vm_id', 'vm_uuid', 'peer_vm_id', 'peer_vm_uuid', 'port_class', 'action'
        ]) }} as varchar
    ) as detection_id,
    cast('first_contact' as varchar) as detection,
    cast(event_at as {{ type_ts() }}) as first_at,
    cast(event_at as {{ type_ts() }}) as last_at,
    cast(loaded_at as {{ type_ts() }}) as loaded_at,
    cast(vm_id as varchar) as vm_id,
    cast(vm_uuid as varchar) as vm_uuid,
    cast(vm_name as varchar) as vm_name,
    cast(peer_vm_id as varchar) as peer_vm_id,
    cast(peer_vm_uuid as varchar) as peer_vm_uuid,
    cast(peer_vm_name as varchar) as peer_vm_name,
    cast(dst_ip as varchar) as peer_ip,
    cast(dst_port as integer) as peer_port,
    cast(protocol_name as varchar) as protocol_name,
    cast(
        vm_name || ' reached ' || peer_vm_name || ' by ' || port_class || ' (' || protocol_name
        || ' port ' || cast(dst_port as varchar) || ', ' || action
        || case when is_attempt then '' else ', begun before' end || ') for the first time in '
        || cast(past_hours as varchar) || ' hours of stored flows; its own first flow was '
        || cast(own_minutes as varchar) || ' minutes before' as varchar
    ) as reason,
    cast(weaker_evidence as varchar) as evidence,
    cast(1 as bigint) as flows,
    cast(flow_id as varchar) as flow_id,
    cast(past_hours as bigint) as measured,
    cast(threshold as bigint) as threshold
from judged
where past_hours >= threshold

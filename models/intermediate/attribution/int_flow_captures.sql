-- Flows with the NIC that captured them and the scope in which their addresses are meant.
with

flows as (
    select
        *,
        case when {{ resource_kind('target_id') }} = 'nic' then target_id end as target_nic_id,
        case
            when target_id like '%/virtualnetworks/%' then split_part(target_id, '/subnets/', 1)
        end as target_vnet_id
    from {{ ref('int_flow_tuples') }}
),

captures as (
    select * from {{ ref('int_capture_windows') }}
),

nsg_vnets as (
    select * from {{ ref('int_nsg_vnet_windows') }}
),

located as (
    select
        flows.*,
        coalesce(flows.target_nic_id, captures.nic_id) as capture_nic_id,
        captures.vm_id as capture_vm_id,
        captures.vm_uuid as capture_vm_uuid,
        coalesce(captures.is_vm_unknown, false) as is_capture_vm_unknown,
        coalesce(captures.is_forwarder, false) as is_capture_forwarder,
        coalesce(
            flows.target_vnet_id,
            captures.vnet_id,
            case when flows.target_id is null then nsg_vnets.vnet_id end
        ) as vnet_id
    from flows
    left join captures
        on
            coalesce(flows.target_nic_id, flows.capture_mac) = captures.capture_key
            and {{ in_window('flows.event_at', 'captures') }}
            -- a NIC in another VNet than the log's own did not write it, whatever its MAC
            and coalesce(flows.target_vnet_id, captures.vnet_id, '')
            = coalesce(captures.vnet_id, '')
    left join nsg_vnets
        on
            flows.flow_log_id = nsg_vnets.nsg_id
            and {{ in_window('flows.event_at', 'nsg_vnets') }}
)

select
    flow_id,
    record_key,
    event_at,
    recorded_at,
    loaded_at,
    log_format,
    direction,
    action,
    flow_state,
    encryption,
    src_ip,
    src_port,
    dst_ip,
    dst_port,
    protocol,
    packets_src_to_dst,
    bytes_src_to_dst,
    packets_dst_to_src,
    bytes_dst_to_src,
    rule_name,
    acl_id,
    flow_log_id,
    vnet_id,
    coalesce(
        {{ arm_id_part('vnet_id', 'subscriptions') }},
        {{ arm_id_part('capture_nic_id', 'subscriptions') }},
        flow_log_subscription_id
    ) as subscription_id,
    -- the VNet where it is known, else the subscription: ids of the two never collide
    coalesce(
        vnet_id, {{ arm_id_part('capture_nic_id', 'subscriptions') }}, flow_log_subscription_id, ''
    ) as scope_id,
    capture_mac,
    capture_nic_id,
    capture_vm_id,
    capture_vm_uuid,
    is_capture_vm_unknown,
    is_capture_forwarder
from located

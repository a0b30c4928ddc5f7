{#- Flows with the NIC that captured them and the scope in which their addresses are meant.
    flows: a CTE with the columns of int_flow_tuples. Gives a select, one row per flow. -#}
{% macro captured_flows(flows) -%}
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
from (
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
    from {{ flows }} as flows
    left join {{ ref('int_capture_windows') }} as captures
        on
            {{ capture_key('flows') }} = captures.capture_key
            and {{ in_window('flows.event_at', 'captures') }}
            -- a NIC in another VNet than the log's own did not write it, whatever its MAC
            and coalesce(flows.target_vnet_id, captures.vnet_id, '')
            = coalesce(captures.vnet_id, '')
    left join {{ ref('int_nsg_vnet_windows') }} as nsg_vnets
        on
            flows.flow_log_id = nsg_vnets.nsg_id
            and {{ in_window('flows.event_at', 'nsg_vnets') }}
) as located
{%- endmacro %}

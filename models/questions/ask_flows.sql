-- Each flow with the record it came from, and how the NIC that wrote the record was found.
with

flows as (
    select * from {{ ref('fct_flows') }}
),

tuples as (
    select
        flow_id,
        record_key,
        target_id,
        target_nic_id,
        target_vnet_id
    from {{ ref('int_flow_tuples') }}
    where not is_withdrawn
),

records as (
    select
        record_key,
        file_path,
        file_row
    from {{ ref('int_flow_records') }}
    where not is_withdrawn
),

mac_windows as (
    select * from {{ ref('int_mac_windows') }}
),

forwarders as (
    select distinct nic_id from {{ ref('int_nic_attribute_windows') }}
    where is_forwarder
),

forwarding_macs as (
    select capture_mac from {{ ref('int_forwarding_macs') }}
)

select
    -- key
    flows.flow_id,
    -- what was logged
    flows.event_at,
    flows.recorded_at,
    flows.loaded_at,
    flows.log_format,
    flows.direction,
    flows.action,
    flows.flow_state,
    flows.src_ip,
    flows.src_port,
    flows.dst_ip,
    flows.dst_port,
    flows.protocol,
    flows.protocol_name,
    flows.rule_name,
    -- where it stands
    cast(tuples.record_key as varchar) as record_key,
    cast(split_part(flows.flow_id, ':', 2) as varchar) as place_in_record,
    cast(records.file_path as varchar) as file_path,
    cast(records.file_row as bigint) as file_row,
    flows.flow_log_resource_id,
    cast(tuples.target_id as varchar) as target_id,
    cast(tuples.target_nic_id as varchar) as target_nic_id,
    cast(tuples.target_vnet_id as varchar) as target_vnet_id,
    -- scope
    flows.vnet_id,
    flows.subscription_id,
    flows.tenant_id,
    -- who wrote the record
    flows.capture_mac,
    flows.capture_nic_id,
    flows.capture_vm_id,
    flows.capture_vm_name,
    cast(mac_windows.window_start as {{ type_ts() }}) as mac_window_start,
    cast(nullif(mac_windows.window_end, {{ open_end() }}) as {{ type_ts() }}) as mac_window_end,
    cast(mac_windows.start_evidence as varchar) as mac_start_evidence,
    cast(mac_windows.end_evidence as varchar) as mac_end_evidence,
    cast(forwarders.nic_id is not null as boolean) as is_capture_flagged_forwarder,
    cast(forwarding_macs.capture_mac is not null as boolean) as is_capture_seen_forwarding
from flows
left join tuples on flows.flow_id = tuples.flow_id
left join records on tuples.record_key = records.record_key
left join mac_windows
    on
        flows.capture_mac = mac_windows.mac
        and {{ in_window('flows.event_at', 'mac_windows') }}
left join forwarders on flows.capture_nic_id = forwarders.nic_id
left join forwarding_macs on flows.capture_mac = forwarding_macs.capture_mac

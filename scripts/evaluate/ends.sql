-- Both ends of every flow with what is true of them. In: truth (view), marts.fct_flows.
create or replace temp table true_flows as
with

answers as (
    select
        flow_id, event_at, log_format, flow_log_resource_id as flow_log_id, capture_mac, direction,
        src_ip, src_port, dst_ip, dst_port, protocol
    from marts.fct_flows
)

select answers.flow_id, truth.*
from truth
left join answers using (
    event_at, log_format, flow_log_id, capture_mac, direction,
    src_ip, src_port, dst_ip, dst_port, protocol
);

create or replace temp table true_ends as
with

named_macs as (
    select distinct nic_mac from intermediate.int_nic_observations where nic_mac is not null
)

select
    flow_id,
    end_of.side,
    event_at,
    log_format,
    capture_mac,
    end_of.address,
    end_of.vm_id as true_vm_id,
    end_of.vm_uuid as true_vm_uuid,
    end_of.kind,
    end_of.reuse_gap_ms,
    coalesce(end_of.had_holder, true) as had_holder,
    end_of.is_capture as is_captured_end,
    named_macs.nic_mac is not null as is_mac_named
from (
    select
        *,
        unnest([
            {'side': 'src', 'address': src_ip, 'vm_id': src_vm_id, 'vm_uuid': src_vm_uuid,
             'kind': src_kind, 'reuse_gap_ms': src_reuse_gap_ms, 'had_holder': src_had_holder,
             'is_capture': src_is_capture},
            {'side': 'dst', 'address': dst_ip, 'vm_id': dst_vm_id, 'vm_uuid': dst_vm_uuid,
             'kind': dst_kind, 'reuse_gap_ms': dst_reuse_gap_ms, 'had_holder': dst_had_holder,
             'is_capture': dst_is_capture}
        ]) as end_of
    from true_flows
    where flow_id is not null
)
left join named_macs on capture_mac = named_macs.nic_mac

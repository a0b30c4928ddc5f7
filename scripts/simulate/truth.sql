-- One row per tuple; ids lower-cased, VM columns null where that end is no VM.
    select
        make_timestamp(tuple_ms * 1000) as event_at,
        log_format,
        lower(flow_log_id) as flow_log_id,
        mac as capture_mac,
        if(is_outbound, 'outbound', 'inbound') as direction,
        src_ip, src_port, dst_ip, dst_port, protocol,
        lower(nic_id) as capture_nic_id,
        src_vm_id, src_vm_uuid, src_kind, src_reuse_gap_ms, src_had_holder, src_is_capture,
        dst_vm_id, dst_vm_uuid, dst_kind, dst_reuse_gap_ms, dst_had_holder, dst_is_capture
    from captures
    order by event_at, capture_mac, direction, src_ip, src_port, dst_ip, dst_port, log_format

-- Flows of a VM. In: $vm, $uuid (an incarnation, or null), $since and $until (or null), $newest,
-- $most.
select
    event_at,
    vm_end,
    direction,
    action,
    flow_state,
    protocol_name,
    src_ip,
    src_port,
    coalesce(src_vm_name, src_unmatched_reason) as src,
    src_evidence,
    dst_ip,
    dst_port,
    coalesce(dst_vm_name, dst_unmatched_reason) as dst,
    dst_evidence,
    bytes_src_to_dst,
    bytes_dst_to_src,
    packets_src_to_dst,
    packets_dst_to_src,
    rule_name,
    src_vm_id,
    src_vm_uuid,
    src_vm_name,
    src_match_method,
    src_unmatched_reason,
    dst_vm_id,
    dst_vm_uuid,
    dst_vm_name,
    dst_match_method,
    dst_unmatched_reason,
    vnet_id,
    capture_nic_id,
    protocol,
    flow_id
from questions.ask_vm_flows
where
    vm_id = $vm
    and ($since is null or event_at >= $since)
    and ($until is null or event_at < $until)
    and (
        $uuid is null
        or (vm_end <> 'destination' and src_vm_uuid = $uuid)
        or (vm_end <> 'source' and dst_vm_uuid = $uuid)
    )
order by
    case when $newest then event_at end desc,
    case when not $newest then event_at end,
    flow_id
limit $most;

-- What a machine is known to have done: flows whose source is a VM for certain. The only place that
-- says which evidence a detection may rest on. One row per flow.
select
    flow_id,
    event_at,
    {{ epoch_seconds('event_at') }} as event_second,
    loaded_at,
    log_format,
    flow_log_resource_id as flow_log_id,
    coalesce(vnet_id, subscription_id, '') as logged_in,
    action,
    -- a connection that began, or was tried: what continues and ends was counted before
    flow_state is null or flow_state in ('begin', 'denied') as is_attempt,
    -- logged by the machine itself; a firewall on the way logs the same flow once more
    direction = 'outbound' and capture_nic_id is not null and capture_nic_id = src_nic_id
        as is_logged_by_itself,
    protocol,
    coalesce(protocol_name, cast(protocol as varchar)) as protocol_name,
    src_port,
    dst_ip,
    dst_port,
    bytes_src_to_dst,
    src_nic_id as nic_id,
    src_vm_id as vm_id,
    src_vm_uuid as vm_uuid,
    coalesce(src_vm_name, src_vm_id) as vm_name,
    src_evidence as evidence,
    dst_unmatched_reason as peer_reason,
    dst_vm_id as peer_vm_id,
    dst_vm_uuid as peer_vm_uuid,
    coalesce(dst_vm_name, dst_vm_id) as peer_vm_name,
    dst_nic_id as peer_nic_id,
    dst_evidence as peer_evidence
from {{ ref('fct_flows') }}
-- `extended`: the flow may be of who held the address before or after. It accuses no machine, and
-- excuses none.
where src_vm_id is not null and src_evidence in ('confirmed', 'open')

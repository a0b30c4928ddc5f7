-- In: $vms, ids.
select
    split_part(nic_id, '/', -1) as nic_name, nic_mac, split_part(vnet_id, '/', -1) as vnet_name,
    window_start, window_end, vm_uuid, is_forwarder, nic_deleted_at, start_evidence, end_evidence,
    vm_id, nic_id, vnet_id
from questions.ask_vm_nics
where list_contains($vms, vm_id)
order by vm_id, window_start, nic_id;

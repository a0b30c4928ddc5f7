-- In: $vms, ids.
select
    address, split_part(vnet_id, '/', -1) as vnet_name, split_part(nic_id, '/', -1) as nic_name,
    window_start, window_end, window_start_latest, window_end_earliest, vm_uuid,
    first_observed_at, last_observed_at, start_evidence, end_evidence, nic_mac, vm_id, nic_id,
    vnet_id
from questions.ask_vm_addresses
where list_contains($vms, vm_id)
order by vm_id, window_start, address;

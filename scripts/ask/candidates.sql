-- Who may have had the address in a VNet where several could. In: $vnet, $address, $at.
select distinct
    split_part(vnet_id, '/', -1) as vnet_name,
    vm_name,
    split_part(nic_id, '/', -1) as nic_name,
    nic_mac,
    basis,
    window_start,
    window_end,
    evidence,
    vnet_id,
    vm_id,
    vm_uuid,
    nic_id
from questions.ask_candidates
where
    vnet_id = $vnet and address = $address
    and window_start <= $at and (window_end is null or window_end > $at)
order by vm_name, nic_name, basis, window_start;

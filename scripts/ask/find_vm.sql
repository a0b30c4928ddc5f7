-- The VMs that a name, an id, an incarnation's id, a NIC or a MAC means. In: $wanted, lower-cased.
select distinct keys.vm_id, vms.vm_name, keys.kind
from questions.ask_vm_keys as keys
inner join questions.ask_vms as vms using (vm_id)
where
    keys.vm_key = $wanted
    or (keys.kind = 'mac' and keys.vm_key = replace(replace(replace($wanted, '-', ''), ':', ''), '.', ''))
order by keys.vm_id;

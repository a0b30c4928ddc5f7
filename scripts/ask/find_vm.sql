-- The VMs that a name, an id, an incarnation's id, a NIC or a MAC means.
-- In: $wanted, in any case.
select distinct keys.vm_id, vms.vm_name, keys.kind, keys.vm_key
from questions.ask_vm_keys as keys
inner join questions.ask_vms as vms using (vm_id)
where
    keys.vm_key = lower($wanted)
    or (
        keys.kind = 'mac'
        and keys.vm_key = lower(replace(replace(replace($wanted, '-', ''), ':', ''), '.', ''))
    )
order by keys.vm_id, keys.kind;

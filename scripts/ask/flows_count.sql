-- How many flows of a VM there are. In: as flows.sql, but for the order.
select count(*) as flows, min(event_at) as first_at, max(event_at) as last_at
from questions.ask_vm_flows
where
    vm_id = $vm
    and ($since is null or event_at >= $since)
    and ($until is null or event_at < $until)
    and (
        $uuid is null
        or (vm_end <> 'destination' and src_vm_uuid = $uuid)
        or (vm_end <> 'source' and dst_vm_uuid = $uuid)
    );

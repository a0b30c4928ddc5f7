-- In: $vms, ids.
select
    vm_uuid, created_at, first_seen_at, last_seen_at, deleted_at, deleted_by, deleted_from_ip,
    deletion_evidence, vm_id
from questions.ask_vm_incarnations
where list_contains($vms, vm_id)
order by vm_id, first_seen_at;

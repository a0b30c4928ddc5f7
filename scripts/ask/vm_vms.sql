-- In: $vms, ids.
select
    vm_name, vm_uuid, first_seen_at, last_seen_at, deleted_at, deleted_by, deleted_from_ip,
    location, subscription_id, tenant_id, tags, vm_id, deleted_resource_id, deletion_evidence,
    deletion_logged_in
from questions.ask_vms
where list_contains($vms, vm_id)
order by vm_id;

-- Each VM that any source ever named, with its end and who asked for it.
with

vms as (
    select * from {{ ref('dim_vms') }}
),

ends as (
    select * from {{ ref('ask_vm_ends') }}
)

select
    vms.vm_id,
    vms.vm_name,
    vms.vm_uuid,
    vms.subscription_id,
    vms.tenant_id,
    vms.location,
    vms.tags,
    vms.first_seen_at,
    vms.last_seen_at,
    vms.deleted_at,
    ends.deleted_by,
    ends.deleted_from_ip,
    ends.deleted_resource_id,
    ends.evidence as deletion_evidence,
    ends.logged_in as deletion_logged_in
from vms
left join ends on vms.vm_id = ends.vm_id and vms.deleted_at = ends.ended_at

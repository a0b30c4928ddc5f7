-- Moments at which a VM is gone.
with

known_vms as (
    select distinct vm_id from {{ ref('int_vm_observations') }}
    union distinct
    select distinct vm_id from {{ ref('int_nic_observations') }}
    where vm_id is not null
),

deletions as (
    select * from {{ ref('int_deletions') }}
),

missing as (
    select
        vm_id,
        missing_at
    from {{ ref('int_vm_snapshot_bounds') }}
    where missing_at is not null
)

select
    resource_id as vm_id,
    deleted_at as ended_at,
    true as is_exact,
    evidence
from deletions
where deleted_kind = 'vm'

union all

select
    known_vms.vm_id,
    deletions.deleted_at,
    false,
    deletions.evidence
from known_vms
inner join deletions
    on deletions.resource_id = case deletions.deleted_kind
            when 'resource_group' then split_part(known_vms.vm_id, '/providers/', 1)
            when 'scale_set' then split_part(known_vms.vm_id, '/virtualmachines/', 1)
        end
where deletions.deleted_kind in ('resource_group', 'scale_set')

union all

select
    vm_id,
    missing_at,
    false,
    'collector ' || {{ timestamp_text('missing_at') }}
from missing
group by vm_id, missing_at

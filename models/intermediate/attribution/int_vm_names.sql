-- Every VM that any source names, with its name: the body's, else the one in its id.
with

observed as (
    select
        vm_id,
        vm_name,
        observed_at
    from {{ ref('int_vm_observations') }}
    where vm_name is not null
),

latest as (
    select
        vm_id,
        {{ latest_stated('vm_name', 'observed_at') }} as vm_name
    from observed
    group by vm_id
),

vms as (
    select distinct vm_id from {{ ref('int_vm_observations') }}
    union distinct
    select distinct vm_id from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
)

select
    vms.vm_id,
    coalesce(
        latest.vm_name,
        -- Azure names the instances of a uniform scale set <scale set>_<instance>
        {{ arm_id_part('vms.vm_id', 'virtualmachinescalesets') }} || '_'
        || {{ arm_id_part('vms.vm_id', 'virtualmachines') }},
        {{ arm_id_part('vms.vm_id', 'virtualmachines') }},
        -- no id of Azure's: the whole of it is all there is
        vms.vm_id
    ) as vm_name
from vms
left join latest using (vm_id)

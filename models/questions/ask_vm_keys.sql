-- By what a VM may be asked for: its name, its id, an incarnation's id, a MAC or a NIC it had.
with

vms as (
    select
        vm_id,
        vm_name
    from {{ ref('dim_vms') }}
),

incarnations as (
    select
        vm_id,
        vm_uuid
    from {{ ref('int_vm_observations') }}
    where vm_uuid is not null
),

nic_vms as (
    select
        vm_id,
        nic_id
    from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
),

macs as (
    select
        nic_vms.vm_id,
        macs.mac
    from nic_vms
    inner join {{ ref('int_mac_windows') }} as macs on nic_vms.nic_id = macs.nic_id
),

keys as (
    select
        vm_id,
        'name' as kind,
        lower(vm_name) as vm_key
    from vms
    union all
    select
        vms.vm_id,
        'id',
        lower(vms.vm_id)
    from vms
    union distinct
    select
        vm_id,
        'uuid',
        lower(vm_uuid)
    from incarnations
    union distinct
    select
        vm_id,
        'nic',
        nic_id
    from nic_vms
    union distinct
    select
        vm_id,
        'mac',
        lower(mac)
    from macs
)

select
    cast(vm_id as varchar) as vm_id,
    cast(kind as varchar) as kind,
    cast(vm_key as varchar) as vm_key
from keys

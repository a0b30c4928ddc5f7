-- The NICs that each VM had, when.
with

nic_vms as (
    select * from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
),

nics as (
    select
        nic_id,
        nic_mac,
        vnet_id,
        is_forwarder,
        deleted_at
    from {{ ref('dim_nics') }}
)

select
    cast(nic_vms.vm_id as varchar) as vm_id,
    cast(nic_vms.nic_id as varchar) as nic_id,
    cast(nics.nic_mac as varchar) as nic_mac,
    cast(nics.vnet_id as varchar) as vnet_id,
    cast(nics.is_forwarder as boolean) as is_forwarder,
    cast(nic_vms.vm_uuid as varchar) as vm_uuid,
    cast(nic_vms.window_start as {{ type_ts() }}) as window_start,
    cast(nullif(nic_vms.window_end, {{ open_end() }}) as {{ type_ts() }}) as window_end,
    cast(nics.deleted_at as {{ type_ts() }}) as nic_deleted_at,
    cast(nic_vms.start_evidence as varchar) as start_evidence,
    cast(nic_vms.end_evidence as varchar) as end_evidence
from nic_vms
left join nics on nic_vms.nic_id = nics.nic_id

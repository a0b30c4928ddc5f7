-- Which VM an address led to, when, by what operation logs and collectors state of it alone.
-- Sightings are left out: they come from MACs, the route that this one is compared with.
with

stated as (
    select
        vnet_id,
        nic_ip,
        nic_id,
        window_start,
        window_end,
        lag(window_end) over (partition by vnet_id, nic_ip order by window_start) as freed_at
    from {{ ref('int_stated_ip_windows') }}
    where nic_id is not null
),

nic_vms as (
    select * from {{ ref('int_nic_vm_windows') }}
    where vm_id is not null
)

select
    dense_rank() over (order by stated.vnet_id, stated.nic_ip) as stated_address_no,
    stated.vnet_id,
    stated.nic_ip,
    nic_vms.vm_id,
    {{ epoch_seconds('stated.window_start') }} - {{ epoch_seconds('stated.freed_at') }}
        as gap_seconds,
    {{ greatest_known() }}(stated.window_start, nic_vms.window_start) as window_start,
    {{ least_known() }}(stated.window_end, nic_vms.window_end) as window_end
from stated
inner join nic_vms
    on stated.nic_id = nic_vms.nic_id and {{ windows_overlap('stated', 'nic_vms') }}

-- Which NIC and VM wrote a flow-log record: by its MAC or, where the log's target is a NIC, by it.
with

mac_windows as (
    select
        mac,
        nic_id,
        window_start,
        window_end
    from {{ ref('int_mac_windows') }}
),

nic_vm_windows as (
    select * from {{ ref('int_nic_vm_windows') }}
),

attributes as (
    select * from {{ ref('int_nic_attribute_windows') }}
),

-- flagged as forwarding, or seen to forward
forwarding_nics as (
    select distinct mac_windows.nic_id
    from mac_windows
    inner join {{ ref('int_forwarding_macs') }} as forwarding_macs
        on mac_windows.mac = forwarding_macs.capture_mac
),

holders as (
    select
        mac as capture_key,
        nic_id,
        window_start,
        window_end
    from mac_windows
    union all
    select distinct
        nic_id as capture_key,
        nic_id,
        {{ beginning_of_time() }},
        {{ open_end() }}
    from attributes
),

-- one row per holder, VNet and VM incarnation
located as (
    select
        holders.capture_key,
        holders.nic_id,
        attributes.vnet_id,
        attributes.is_forwarder or forwarding_nics.nic_id is not null as is_forwarder,
        {{ greatest_known() }}(holders.window_start, attributes.window_start) as window_start,
        {{ least_known() }}(holders.window_end, attributes.window_end) as window_end
    from holders
    inner join attributes
        on holders.nic_id = attributes.nic_id and {{ windows_overlap('holders', 'attributes') }}
    left join forwarding_nics on holders.nic_id = forwarding_nics.nic_id
)

select
    located.capture_key,
    located.nic_id,
    located.vnet_id,
    located.is_forwarder,
    nic_vm_windows.vm_id,
    nic_vm_windows.vm_uuid,
    coalesce(nic_vm_windows.is_vm_unknown, false) as is_vm_unknown,
    {{ greatest_known() }}(
        located.window_start, coalesce(nic_vm_windows.window_start, located.window_start)
    )
        as window_start,
    {{ least_known() }}(located.window_end, coalesce(nic_vm_windows.window_end, located.window_end))
        as window_end
from located
left join nic_vm_windows
    on located.nic_id = nic_vm_windows.nic_id and {{ windows_overlap('located', 'nic_vm_windows') }}

-- Moments at which a NIC wrote flow logs: it had a VM then.
with

sightings as (
    select
        capture_mac,
        vnet_id,
        address,
        seen_at,
        nic_id
    from {{ ref('int_sighted_addresses') }}
),

forwarding_macs as (
    select capture_mac from {{ ref('int_forwarding_macs') }}
)

select distinct
    nic_id,
    seen_at as captured_at
from sightings
where nic_id is not null

union distinct

-- an unknown MAC on the address of a NIC whose MAC nobody ever named: most likely that NIC's
select
    windows.nic_id,
    sightings.seen_at
from sightings
inner join {{ ref('int_stated_ip_windows') }} as windows
    on
        sightings.vnet_id = windows.vnet_id
        and sightings.address = windows.nic_ip
        and {{ in_window('sightings.seen_at', 'windows') }}
left join forwarding_macs on sightings.capture_mac = forwarding_macs.capture_mac
where sightings.nic_id is null
    and windows.nic_id is not null
    and not windows.is_mac_known
    and forwarding_macs.capture_mac is null

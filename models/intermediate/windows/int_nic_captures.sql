-- Moments at which a NIC wrote flow logs, by its MAC: it had a VM then.
with

moments as (
    select
        capture_mac,
        first_seen_at as captured_at
    from {{ ref('int_sightings') }}
    union distinct
    select
        capture_mac,
        last_seen_at
    from {{ ref('int_sightings') }}
)

select distinct
    macs.nic_id,
    moments.captured_at
from moments
inner join {{ ref('int_mac_windows') }} as macs
    on moments.capture_mac = macs.mac and {{ in_window('moments.captured_at', 'macs') }}

-- Sightings that say who held an address: the NIC of the MAC, or somebody else than is stated.
with

forwarding_macs as (
    select capture_mac from {{ ref('int_forwarding_macs') }}
),

sightings as (
    select distinct
        sighted.capture_mac,
        sighted.vnet_id,
        sighted.address,
        sighted.seen_at,
        sighted.nic_id
    from {{ ref('int_sighted_addresses') }} as sighted
    left join forwarding_macs on sighted.capture_mac = forwarding_macs.capture_mac
    where forwarding_macs.capture_mac is null
),

address_statements as (
    select * from {{ ref('int_address_statements') }}
),

statements as (
    select distinct
        vnet_id,
        nic_ip,
        nic_id
    from address_statements
),

timeline as (
    select
        *,
        lag(event_at) over (partition by nic_id order by event_seq) as previous_event_at
    from {{ ref('int_nic_timeline') }}
),

stated_windows as (
    select * from {{ ref('int_stated_ip_windows') }}
    where nic_id is not null
),

macs as (
    select distinct
        nic_id,
        mac
    from {{ ref('int_mac_windows') }}
),

-- the NIC is known, and so is that it had the address at some time
own as (
    select
        sightings.vnet_id,
        sightings.address as nic_ip,
        sightings.nic_id,
        sightings.seen_at,
        sightings.capture_mac
    from sightings
    inner join statements
        on
            sightings.vnet_id = statements.vnet_id
            and sightings.address = statements.nic_ip
            and sightings.nic_id = statements.nic_id
),

-- where in the life of its NIC: after which event, or before the first
placed as (
    select
        own.vnet_id,
        own.nic_ip,
        own.nic_id,
        own.seen_at,
        own.capture_mac,
        timeline.era,
        timeline.event_seq,
        timeline.next_event_at,
        -- what the statement of that moment knows of the address, if it names it at all
        coalesce(address_statements.next_is_exact, false) as next_is_exact,
        timeline.next_evidence,
        timeline.is_end,
        timeline.reach_back_to
    from own
    inner join timeline
        on
            own.nic_id = timeline.nic_id
            and (
                own.seen_at >= timeline.event_at and own.seen_at < timeline.next_event_at
                or timeline.previous_event_at is null and own.seen_at < timeline.event_at
            )
    left join address_statements
        on
            own.vnet_id = address_statements.vnet_id
            and own.nic_ip = address_statements.nic_ip
            and timeline.nic_id = address_statements.nic_id
            and timeline.event_seq = address_statements.event_seq
),

-- a stated holder without a known MAC: the first that is seen on its address may be its own
first_macs as (
    select
        windows.stated_window_no,
        min_by(
            sightings.capture_mac,
            {{ timestamp_text('sightings.seen_at') }} || ' ' || sightings.capture_mac
        ) as first_mac
    from sightings
    inner join stated_windows as windows
        on
            sightings.vnet_id = windows.vnet_id
            and sightings.address = windows.nic_ip
            and {{ in_window('sightings.seen_at', 'windows') }}
    -- a NIC that was made again under its name has another MAC
    where not windows.is_mac_known and not windows.is_followed_by_itself
    group by windows.stated_window_no
),

-- somebody else had the address: a MAC that is not its stated holder's
foreign_holders as (
    select
        sightings.vnet_id,
        sightings.address as nic_ip,
        sightings.seen_at,
        sightings.capture_mac,
        windows.window_end
    from sightings
    inner join stated_windows as windows
        on
            sightings.vnet_id = windows.vnet_id
            and sightings.address = windows.nic_ip
            and {{ in_window('sightings.seen_at', 'windows') }}
    left join macs
        on windows.nic_id = macs.nic_id and sightings.capture_mac = macs.mac
    left join statements
        on
            sightings.vnet_id = statements.vnet_id
            and sightings.address = statements.nic_ip
            and sightings.nic_id = statements.nic_id
    left join first_macs using (stated_window_no)
    where (windows.is_mac_known or sightings.capture_mac <> first_macs.first_mac)
        and macs.nic_id is null
        and statements.nic_id is null
)

select
    vnet_id,
    nic_ip,
    nic_id,
    era,
    event_seq,
    seen_at as event_at,
    next_event_at,
    next_is_exact,
    next_evidence,
    'sighting ' || capture_mac || ' ' || {{ timestamp_text('seen_at') }} as evidence,
    reach_back_to
from placed
where not is_end

union all

select
    vnet_id,
    nic_ip,
    'mac ' || capture_mac,
    0,
    0,
    seen_at,
    window_end,
    false,
    null,
    'sighting ' || capture_mac || ' ' || {{ timestamp_text('seen_at') }},
    null
from foreign_holders

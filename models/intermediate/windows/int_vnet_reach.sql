-- Which VNets each VNet could reach, when: its peers, and theirs where a forwarder stands between.
with

vnets as (
    select * from {{ ref('stg_collectors__virtual_networks') }}
    where is_statement
),

-- one row per VNet and moment
snapshots as (
    select
        vnet_id,
        recorded_at,
        lag(recorded_at) over (partition by vnet_id order by recorded_at) as previous_at,
        lead(recorded_at) over (partition by vnet_id order by recorded_at) as next_at,
        row_number() over (partition by vnet_id order by recorded_at) as snapshot_no
    from (
        select distinct
            vnet_id,
            recorded_at
        from vnets
    ) as moments
),

peerings as (
    select distinct
        vnets.vnet_id,
        vnets.recorded_at,
        {{ arm_id("coalesce("
            ~ json_text('peering.value', ['properties', 'remoteVirtualNetwork', 'id']) ~ ", "
            ~ json_text('peering.value', ['remoteVirtualNetwork', 'id']) ~ ", "
            ~ json_text('peering.value', ['remote_virtual_network', 'id']) ~ ")") }} as peer_vnet_id
    from vnets
    {{ json_each('vnets.peerings', 'peering') }}
    where lower(coalesce(
            {{ json_text('peering.value', ['properties', 'peeringState']) }},
            {{ json_text('peering.value', ['peeringState']) }},
            {{ json_text('peering.value', ['peering_state']) }}
        )) = 'connected'
),

-- a peering was there from the snapshot before the first that shows it to the first without it;
-- surely so from the first to the last that show it
peers as (
    select
        vnet_id,
        peer_vnet_id,
        coalesce(min(previous_at), {{ beginning_of_time() }}) as window_start,
        max(coalesce(next_at, {{ open_end() }})) as window_end,
        min(recorded_at) as confirmed_from,
        max(recorded_at) as confirmed_until
    from (
        select
            peerings.vnet_id,
            peerings.peer_vnet_id,
            peerings.recorded_at,
            case
                when snapshots.snapshot_no = 1 then {{ beginning_of_time() }} else
                    snapshots.previous_at
            end
                as previous_at,
            snapshots.next_at,
            snapshots.snapshot_no - row_number() over (
                partition by peerings.vnet_id, peerings.peer_vnet_id order by snapshots.recorded_at
            ) as run_no
        from peerings
        inner join snapshots using (vnet_id, recorded_at)
    ) as sightings
    group by vnet_id, peer_vnet_id, run_no
),

-- while a firewall or router was there
forwarders as (
    select
        attributes.vnet_id,
        {{ greatest_known() }}(attributes.window_start, ip_windows.window_start) as window_start,
        {{ least_known() }}(attributes.window_end, ip_windows.window_end) as window_end
    from {{ ref('int_nic_attribute_windows') }} as attributes
    inner join {{ ref('int_stated_ip_windows') }} as ip_windows
        on
            attributes.nic_id = ip_windows.nic_id
            and attributes.vnet_id = ip_windows.vnet_id
            and {{ windows_overlap('attributes', 'ip_windows') }}
    where attributes.is_forwarder
),

-- direct reach weighs more than all ways through a forwarder together
reach as (
    select
        vnet_id,
        peer_vnet_id,
        window_start,
        window_end,
        0 as member_no,
        1000000 as weight
    from peers

    union all

    -- peerings are not transitive, unless a firewall or router in the middle forwards
    select
        near.vnet_id,
        far.peer_vnet_id,
        {{ greatest_known() }}(near.window_start, far.window_start, forwarders.window_start),
        {{ least_known() }}(near.window_end, far.window_end, forwarders.window_end),
        0,
        1
    from peers as near
    inner join peers as far
        on near.peer_vnet_id = far.vnet_id and {{ windows_overlap('near', 'far') }}
    inner join forwarders
        on
            near.peer_vnet_id = forwarders.vnet_id
            and {{ windows_overlap('near', 'forwarders') }}
            and {{ windows_overlap('far', 'forwarders') }}
    where far.peer_vnet_id <> near.vnet_id
),

proper_reach as (
    select * from reach
    where window_start < window_end
),

segments as (
    {{ sweep_windows('proper_reach', 'vnet_id, peer_vnet_id') }}
)

select
    segments.vnet_id,
    segments.peer_vnet_id,
    segments.window_start,
    segments.window_end,
    -- whether traffic passes the forwarder is its own affair: such a reach is never sure
    coalesce(peers.confirmed_from, {{ open_end() }}) as confirmed_from,
    coalesce(peers.confirmed_until, {{ beginning_of_time() }}) as confirmed_until,
    case
        when peers.window_end = {{ open_end() }} then {{ open_end() }}
        else coalesce(peers.confirmed_until, {{ beginning_of_time() }})
    end as extended_after
from segments
left join peers
    on
        segments.members >= 1000000
        and segments.vnet_id = peers.vnet_id
        and segments.peer_vnet_id = peers.peer_vnet_id
        and {{ in_window('segments.window_start', 'peers') }}
where segments.members > 0 and segments.window_start < segments.window_end

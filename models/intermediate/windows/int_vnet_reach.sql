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

-- a peering was there from the snapshot before the first that shows it to the first without it
peers as (
    select
        vnet_id,
        peer_vnet_id,
        coalesce(min(previous_at), {{ beginning_of_time() }}) as window_start,
        max(coalesce(next_at, {{ open_end() }})) as window_end
    from (
        select
            peerings.vnet_id,
            peerings.peer_vnet_id,
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

forwarding_vnets as (
    select distinct vnet_id from {{ ref('int_nic_attribute_windows') }}
    where is_forwarder and vnet_id is not null
),

reach as (
    select
        vnet_id,
        peer_vnet_id,
        window_start,
        window_end
    from peers

    union all

    -- peerings are not transitive, unless a firewall or router in the middle forwards
    select
        near.vnet_id,
        far.peer_vnet_id,
        greatest(near.window_start, far.window_start),
        least(near.window_end, far.window_end)
    from peers as near
    inner join forwarding_vnets on near.peer_vnet_id = forwarding_vnets.vnet_id
    inner join peers as far on near.peer_vnet_id = far.vnet_id
    where far.peer_vnet_id <> near.vnet_id
        and {{ windows_overlap('near', 'far') }}
),

-- several ways to one VNet are one reach: windows that touch are merged
merged as (
    select
        *,
        sum(case when window_start <= reached_until then 0 else 1 end) over (
            partition by vnet_id, peer_vnet_id order by window_start, window_end
            rows unbounded preceding
        ) as island
    from (
        select
            *,
            max(window_end) over (
                partition by vnet_id, peer_vnet_id order by window_start, window_end
                rows between unbounded preceding and 1 preceding
            ) as reached_until
        from reach
    ) as followed
)

select
    vnet_id,
    peer_vnet_id,
    min(window_start) as window_start,
    max(window_end) as window_end
from merged
group by vnet_id, peer_vnet_id, island

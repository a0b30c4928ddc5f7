-- Sightings with the NIC of their MAC at that moment, where one is known, and the VNet they mean.
with

sightings as (
    select
        *,
        case when {{ resource_kind('target_id') }} = 'nic' then target_id end as target_nic_id,
        case
            when target_id like '%/virtualnetworks/%' then split_part(target_id, '/subnets/', 1)
        end as target_vnet_id
    from {{ ref('int_sightings') }}
    -- without times: all its flows were withdrawn
    where first_seen_at is not null
),

-- a sighting of an hour is two moments: between them its NIC may have been deleted
moments as (
    select
        *,
        first_seen_at as seen_at
    from sightings
    union all
    select
        *,
        last_seen_at
    from sightings
    where last_seen_at > first_seen_at
),

captures as (
    select * from {{ ref('int_mac_windows') }}
),

attributes as (
    select * from {{ ref('int_nic_attribute_windows') }}
),

nsg_vnets as (
    select * from {{ ref('int_nsg_vnet_windows') }}
),

located as (
    select
        moments.*,
        captures.nic_id,
        attributes.vnet_id as nic_vnet_id,
        coalesce(
            moments.target_vnet_id,
            attributes.vnet_id,
            case when moments.target_id is null then nsg_vnets.vnet_id end
        ) as vnet_id
    from moments
    left join captures
        on moments.capture_mac = captures.mac and {{ in_window('moments.seen_at', 'captures') }}
    left join attributes
        on
            coalesce(captures.nic_id, moments.target_nic_id) = attributes.nic_id
            and {{ in_window('moments.seen_at', 'attributes') }}
    left join nsg_vnets
        on
            moments.flow_log_id = nsg_vnets.nsg_id
            and {{ in_window('moments.seen_at', 'nsg_vnets') }}
)

select
    capture_mac,
    vnet_id,
    address,
    hour,
    first_seen_at,
    last_seen_at,
    seen_at,
    case when coalesce(nic_vnet_id, vnet_id) = vnet_id then nic_id end as nic_id
from located
where vnet_id is not null and {{ var('use_sightings') }}

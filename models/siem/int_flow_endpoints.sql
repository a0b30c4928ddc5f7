-- Every flow with what its row does not say by itself and SIEM schemas ask for: at which end it was
-- captured, the VNet of each end, what it crossed. One row per flow.
with

flows as (
    select * from {{ ref('fct_flows') }}
),

windows as (
    select
        nic_id,
        vnet_id
    from {{ ref('dim_nic_ip_windows') }}
),

nics as (
    select
        vnet_id,
        location
    from {{ ref('dim_nics') }}
    where vnet_id is not null and location is not null
),

-- one row per NIC that was in one VNet alone, so that no time has to be asked
nic_vnets as (
    select
        nic_id,
        min(vnet_id) as vnet_id
    from windows
    where nic_id is not null
    group by nic_id
    having count(distinct vnet_id) = 1
),

-- one row per VNet: its NICs are all in its own region
vnet_regions as (
    select
        vnet_id,
        min(location) as location
    from nics
    group by vnet_id
    having count(distinct location) = 1
),

ends as (
    select
        flows.*,
        -- An unknown NIC may be a firewall's, so that its MAC is no end's.
        case
            when flows.direction = 'outbound' and flows.src_nic_id = flows.capture_nic_id
                then 'source'
            when flows.direction = 'inbound' and flows.dst_nic_id = flows.capture_nic_id
                then 'destination'
            -- the log says one end, the address the other one
            when flows.src_nic_id = flows.capture_nic_id or flows.dst_nic_id = flows.capture_nic_id
                then 'unknown'
            when flows.capture_nic_id is null
                then 'unknown'
            when
                case flows.direction when 'outbound' then flows.src_nic_id else flows.dst_nic_id end
                is not null
                then 'neither'
            else 'unknown'
        end as captured_end,
        coalesce(flows.src_unmatched_reason, 'vm') as src_kind,
        coalesce(flows.dst_unmatched_reason, 'vm') as dst_kind,
        -- found in the flow's own VNet, else wherever its NIC has always been
        case
            when flows.src_match_method in ('mac', 'vnet_ip') then flows.vnet_id
            else src_vnets.vnet_id
        end as src_vnet_id,
        case
            when flows.dst_match_method in ('mac', 'vnet_ip') then flows.vnet_id
            else dst_vnets.vnet_id
        end as dst_vnet_id,
        vnet_regions.location as region
    from flows
    left join nic_vnets as src_vnets on flows.src_nic_id = src_vnets.nic_id
    left join nic_vnets as dst_vnets on flows.dst_nic_id = dst_vnets.nic_id
    left join vnet_regions on flows.vnet_id = vnet_regions.vnet_id
)

select
    *,
    case
        when src_kind = 'invalid_address' or src_ip is null then 0
        when position(':' in src_ip) > 0 then 6
        else 4
    end as ip_version,
    case when captured_end = 'source' then {{ colon_mac('capture_mac') }} end as src_mac,
    case when captured_end = 'destination' then {{ colon_mac('capture_mac') }} end as dst_mac,
    -- Relative to the cloud: both shapes mean that, not which way a NIC saw it.
    case
        when
            src_kind in ('azure_platform', 'not_unicast', 'invalid_address')
            or dst_kind in ('azure_platform', 'not_unicast', 'invalid_address')
            then 'unknown'
        when src_kind = 'internet' and dst_kind = 'internet' then 'unknown'
        when src_kind = 'internet' then 'inbound'
        when dst_kind = 'internet' then 'outbound'
        else 'internal'
    end as crossing
from ends

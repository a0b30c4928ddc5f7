-- The windows that may answer each demanded address, in the places where it is to be looked for.
with

demand as (
    select * from {{ ref('int_address_demand') }}
    where special_reason is null
),

windows as (
    select * from {{ ref('int_address_windows') }}
),

exact_windows as (
    select * from windows
    where not is_prefix
),

subscriptions as (
    select subscription_id, tenant_id from {{ ref('int_subscriptions') }}
),

reach as (
    select * from {{ ref('int_vnet_reach') }}
),

-- where to look: the own VNet, VNets within reach while they are, a subscription, a tenant
vnet_searches as (
    select
        address_no,
        address,
        hex,
        vnet_id,
        {{ beginning_of_time() }} as window_start,
        {{ open_end() }} as window_end
    from demand
    where method = 'vnet_ip'
    union all
    select
        demand.address_no,
        demand.address,
        demand.hex,
        reach.peer_vnet_id,
        reach.window_start,
        reach.window_end
    from demand
    inner join reach on demand.vnet_id = reach.vnet_id
    where demand.method = 'peered_vnet_ip'
),

prefix_windows as (
    select
        *,
        {{ prefix_bound('hex', 'bits', 'first') }} as first_hex,
        {{ prefix_bound('hex', 'bits', 'last') }} as last_hex
    from (
        select
            *,
            {{ ip_hex("split_part(nic_ip, '/', 1)") }} as hex,
            cast(split_part(nic_ip, '/', 2) as integer) as bits
        from windows
        where is_prefix
    ) as prefixes
    where hex is not null
),

tenants_of_windows as (
    select exact_windows.*, subscriptions.tenant_id
    from exact_windows
    left join subscriptions on exact_windows.vnet_subscription_id = subscriptions.subscription_id
),

tenants_of_demand as (
    select demand.*, subscriptions.tenant_id
    from demand
    left join subscriptions on demand.subscription_id = subscriptions.subscription_id
    where demand.method = 'tenant_ip'
)

select
    searches.address_no,
    windows.address_window_no,
    windows.holder_count,
    greatest(windows.window_start, searches.window_start) as window_start,
    least(windows.window_end, searches.window_end) as window_end
from vnet_searches as searches
inner join exact_windows as windows
    on
        searches.vnet_id = windows.vnet_id
        and searches.address = windows.nic_ip
        and {{ windows_overlap('searches', 'windows') }}

union all

select
    searches.address_no,
    windows.address_window_no,
    windows.holder_count,
    greatest(windows.window_start, searches.window_start),
    least(windows.window_end, searches.window_end)
from vnet_searches as searches
inner join prefix_windows as windows
    on
        searches.vnet_id = windows.vnet_id
        and searches.hex between windows.first_hex and windows.last_hex
        and length(searches.hex) = length(windows.first_hex)
        and {{ windows_overlap('searches', 'windows') }}

union all

select
    demand.address_no,
    windows.address_window_no,
    windows.holder_count,
    windows.window_start,
    windows.window_end
from demand
inner join exact_windows as windows
    on demand.subscription_id = windows.subscription_id and demand.address = windows.nic_ip
where demand.method = 'subscription_ip'

union all

-- where the tenant is not known, only the own subscription is surely of the same one
select
    demand.address_no,
    windows.address_window_no,
    windows.holder_count,
    windows.window_start,
    windows.window_end
from tenants_of_demand as demand
inner join tenants_of_windows as windows
    on
        coalesce(demand.tenant_id, demand.subscription_id)
        = case
            when demand.tenant_id is null then windows.vnet_subscription_id else windows.tenant_id
        end
        and demand.address = windows.nic_ip
where demand.method = 'tenant_ip'

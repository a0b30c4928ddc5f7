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
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
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
        {{ open_end() }} as window_end,
        {{ beginning_of_time() }} as confirmed_from,
        {{ open_end() }} as confirmed_until,
        {{ open_end() }} as extended_after
    from demand
    where method = 'vnet_ip'
    union all
    select
        demand.address_no,
        demand.address,
        demand.hex,
        reach.peer_vnet_id,
        reach.window_start,
        reach.window_end,
        reach.confirmed_from,
        reach.confirmed_until,
        reach.extended_after
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
            try_cast(split_part(nic_ip, '/', 2) as integer) as bits
        from windows
        where is_prefix
    ) as prefixes
    where hex is not null and bits between 0 and length(hex) * 4
),

-- where the tenant is not known, only the own subscription is surely of the same one
window_tenants as (
    select
        windows.address_window_no,
        windows.vnet_subscription_id,
        subscriptions.tenant_id
    from windows
    left join subscriptions on windows.vnet_subscription_id = subscriptions.subscription_id
),

wide_searches as (
    select
        demand.address_no,
        demand.address,
        demand.hex,
        demand.subscription_id,
        'subscription' as width,
        cast(null as varchar) as tenant_id
    from demand
    where demand.method = 'subscription_ip'
    union all
    select
        demand.address_no,
        demand.address,
        demand.hex,
        demand.subscription_id,
        case when subscriptions.tenant_id is null then 'subscription' else 'tenant' end,
        subscriptions.tenant_id
    from demand
    left join subscriptions on demand.subscription_id = subscriptions.subscription_id
    where demand.method = 'tenant_ip'
),

-- one row per search and window that holds the address, by itself or in a prefix
vnet_hits as (
    select
        searches.address_no,
        windows.address_window_no,
        windows.holder_count,
        {{ greatest_known() }}(windows.window_start, searches.window_start) as window_start,
        {{ least_known() }}(windows.window_end, searches.window_end) as window_end,
        searches.confirmed_from,
        searches.confirmed_until,
        searches.extended_after
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
        {{ greatest_known() }}(windows.window_start, searches.window_start),
        {{ least_known() }}(windows.window_end, searches.window_end),
        searches.confirmed_from,
        searches.confirmed_until,
        searches.extended_after
    from vnet_searches as searches
    inner join prefix_windows as windows
        on
            searches.vnet_id = windows.vnet_id
            and searches.hex between windows.first_hex and windows.last_hex
            and length(searches.hex) = length(windows.first_hex)
            and {{ windows_overlap('searches', 'windows') }}
),

wide_hits as (
    select
        searches.*,
        windows.address_window_no,
        windows.holder_count,
        windows.subscription_id as window_subscription_id,
        windows.window_start,
        windows.window_end
    from wide_searches as searches
    inner join exact_windows as windows on searches.address = windows.nic_ip
    union all
    select
        searches.*,
        windows.address_window_no,
        windows.holder_count,
        windows.subscription_id,
        windows.window_start,
        windows.window_end
    from wide_searches as searches
    inner join prefix_windows as windows
        on
            searches.hex between windows.first_hex and windows.last_hex
            and length(searches.hex) = length(windows.first_hex)
),

hits as (
    select
        address_no,
        address_window_no,
        window_start,
        window_end,
        confirmed_from,
        confirmed_until,
        extended_after
    from vnet_hits
    union all
    -- no more than that nobody else is known to have it: never sure
    select
        wide_hits.address_no,
        wide_hits.address_window_no,
        wide_hits.window_start,
        wide_hits.window_end,
        {{ open_end() }},
        {{ beginning_of_time() }},
        {{ beginning_of_time() }}
    from wide_hits
    inner join window_tenants using (address_window_no)
    where (
        wide_hits.width = 'subscription'
        and wide_hits.subscription_id = coalesce(
            wide_hits.window_subscription_id, window_tenants.vnet_subscription_id
        )
    )
    or (wide_hits.width = 'tenant' and wide_hits.tenant_id = window_tenants.tenant_id)
),

candidates as (
    {{ held_in_turn('hits', ['address_no']) }}
)

select
    address_no,
    address_window_no,
    holder_count,
    window_start,
    window_end,
    confirmed_from,
    confirmed_until,
    extended_after,
    held_from,
    held_until
from candidates

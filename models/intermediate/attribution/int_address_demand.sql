-- Each address that flows ask for, in each scope, with how it is to be looked for.
with

asked as (
    select * from {{ ref('int_asked_addresses') }}
),

numbered as (
    select
        *,
        row_number() over (order by scope_id, address) as address_no,
        {{ ip_hex('address') }} as hex
    from asked
),

-- one row per address
specials as (
    select
        numbered.address_no,
        max(case when prefixes.reason <> 'private' then prefixes.reason end) as special_reason,
        max(case when prefixes.reason = 'private' then 1 else 0 end) = 1 as is_private
    from numbered
    inner join {{ ref('int_special_prefixes') }} as prefixes
        on
            numbered.hex between prefixes.first_hex and prefixes.last_hex
            and length(numbered.hex) = length(prefixes.first_hex)
    group by numbered.address_no
),

spaces as (
    select * from {{ ref('int_vnet_spaces') }}
),

held as (
    select distinct
        vnet_id,
        nic_ip
    from {{ ref('int_address_windows') }}
    where not is_prefix
),

numbered_prefixes as (
    select distinct
        vnet_id,
        {{ ip_hex("split_part(nic_ip, '/', 1)") }} as hex,
        try_cast(split_part(nic_ip, '/', 2) as integer) as bits
    from {{ ref('int_address_windows') }}
    where is_prefix
),

held_prefixes as (
    select
        vnet_id,
        {{ prefix_bound('hex', 'bits', 'first') }} as first_hex,
        {{ prefix_bound('hex', 'bits', 'last') }} as last_hex
    from numbered_prefixes
    where hex is not null and bits between 0 and length(hex) * 4
),

-- addresses that the scope's own VNet contains or ever held
own as (
    select
        numbered.address_no,
        spaces.vnet_id is not null as is_in_space
    from numbered
    inner join spaces
        on
            numbered.vnet_id = spaces.vnet_id
            and numbered.hex between spaces.first_hex and spaces.last_hex
            and length(numbered.hex) = length(spaces.first_hex)
    union distinct
    select
        numbered.address_no,
        false
    from numbered
    inner join held on numbered.vnet_id = held.vnet_id and numbered.address = held.nic_ip
    union distinct
    select
        numbered.address_no,
        false
    from numbered
    inner join held_prefixes
        on
            numbered.vnet_id = held_prefixes.vnet_id
            and numbered.hex between held_prefixes.first_hex and held_prefixes.last_hex
            and length(numbered.hex) = length(held_prefixes.first_hex)
),

own_addresses as (
    select
        address_no,
        max(case when is_in_space then 1 else 0 end) = 1 as is_in_space
    from own
    group by address_no
),

-- addresses in the space of a VNet that the scope can reach, and whose that VNet is
peer_addresses as (
    select
        numbered.address_no,
        max(spaces.vnet_id) as peer_vnet_id
    from numbered
    inner join {{ ref('int_vnet_reach') }} as reach on numbered.vnet_id = reach.vnet_id
    inner join spaces
        on
            reach.peer_vnet_id = spaces.vnet_id
            and numbered.hex between spaces.first_hex and spaces.last_hex
            and length(numbered.hex) = length(spaces.first_hex)
    group by numbered.address_no
),

inventoried_vnets as (
    select distinct vnet_id from {{ ref('stg_collectors__virtual_networks') }}
    where is_statement
)

select
    numbered.address_no,
    numbered.scope_id,
    numbered.vnet_id,
    numbered.subscription_id,
    numbered.address,
    numbered.hex,
    numbered.first_asked_at,
    numbered.last_asked_at,
    numbered.asked_run_no,
    case when numbered.hex is null then 'invalid_address' else specials.special_reason end
        as special_reason,
    coalesce(specials.is_private, false) as is_private,
    -- part of the VNet as far as is known: what a captured end may be
    coalesce(own_addresses.is_in_space, false)
    or (
        numbered.vnet_id is not null
        and coalesce(specials.is_private, false)
        and numbered.vnet_id not in (select spaces.vnet_id from spaces)
    ) as may_be_own,
    coalesce(own_addresses.is_in_space, false) or peer_addresses.address_no is not null
        as is_in_known_space,
    case
        when numbered.vnet_id is null then 'subscription_ip'
        when own_addresses.address_no is not null then 'vnet_ip'
        when inventoried_vnets.vnet_id is not null then 'peered_vnet_ip'
        else 'tenant_ip'
    end as method,
    -- whose inventory would know the address
    coalesce(
        case
            when own_addresses.address_no is null
                then {{ arm_id_part('peer_addresses.peer_vnet_id', 'subscriptions') }}
        end,
        numbered.subscription_id
    ) as inventory_subscription_id
from numbered
left join specials on numbered.address_no = specials.address_no
left join own_addresses on numbered.address_no = own_addresses.address_no
left join peer_addresses on numbered.address_no = peer_addresses.address_no
left join inventoried_vnets on numbered.vnet_id = inventoried_vnets.vnet_id

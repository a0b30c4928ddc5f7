-- What each VNet knows an address by: itself, a prefix that a NIC holds, or an address range.
with

windows as (
    select
        vnet_id,
        nic_ip,
        is_prefix
    from {{ ref('int_address_windows') }}
),

spaces as (
    select
        vnet_id,
        prefix,
        first_hex,
        last_hex
    from {{ ref('int_vnet_spaces') }}
),

held_addresses as (
    select
        vnet_id,
        nic_ip,
        {{ ip_hex('nic_ip') }} as hex
    from (
        select distinct
            vnet_id,
            nic_ip
        from windows
        where not is_prefix
    ) as addresses
),

held_prefixes as (
    select distinct
        vnet_id,
        nic_ip,
        {{ ip_hex("split_part(nic_ip, '/', 1)") }} as hex,
        try_cast(split_part(nic_ip, '/', 2) as integer) as bits
    from windows
    where is_prefix
),

ranges as (
    select
        vnet_id,
        nic_ip as range_text,
        0 as choice,
        {{ prefix_bound('hex', 'bits', 'first') }} as first_hex,
        {{ prefix_bound('hex', 'bits', 'last') }} as last_hex
    from held_prefixes
    where hex is not null and bits between 0 and length(hex) * 4
    union all
    select
        vnet_id,
        prefix,
        1,
        first_hex,
        last_hex
    from spaces
),

-- one row per range: a held prefix may be the whole of an address range
distinct_ranges as (
    select
        vnet_id,
        first_hex,
        last_hex,
        min(choice) as choice,
        min_by(range_text, cast(choice as varchar) || ' ' || range_text) as range_text
    from ranges
    group by vnet_id, first_hex, last_hex
)

select
    cast(vnet_id as varchar) as vnet_id,
    cast(nic_ip as varchar) as address,
    cast('address' as varchar) as kind,
    cast(hex as varchar) as first_hex,
    cast(hex as varchar) as last_hex
from held_addresses
union all
select
    cast(vnet_id as varchar),
    cast(range_text as varchar),
    cast(case choice when 0 then 'held prefix' else 'VNet range' end as varchar),
    cast(first_hex as varchar),
    cast(last_hex as varchar)
from distinct_ranges

-- The address ranges of each VNet in the inventory, as hex text that sorts like addresses.
with

vnets as (
    select * from {{ ref('stg_collectors__virtual_networks') }}
    where is_statement
),

prefixes as (
    select distinct
        vnets.vnet_id,
        {{ json_text("prefix.value", []) }} as prefix
    from vnets
    {{ json_each('vnets.address_prefixes', 'prefix') }}
),

numbered as (
    select
        vnet_id,
        prefix,
        {{ ip_hex("lower(split_part(prefix, '/', 1))") }} as hex,
        try_cast(split_part(prefix, '/', 2) as integer) as bits
    from prefixes
    where prefix like '%/%'
)

select
    vnet_id,
    prefix,
    {{ prefix_bound('hex', 'bits', 'first') }} as first_hex,
    {{ prefix_bound('hex', 'bits', 'last') }} as last_hex
from numbered
-- a prefix that is none is no range
where hex is not null and bits between 0 and length(hex) * 4

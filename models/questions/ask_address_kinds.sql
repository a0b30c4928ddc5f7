-- What the addresses that flows name are by themselves, whoever may have held them.
with

asked as (
    select distinct address as written
    from {{ ref('int_asked_addresses') }}
),

spelled as (
    select
        written,
        {{ canonical_ip('written') }} as address
    from asked
),

numbered as (
    select
        written,
        address,
        {{ ip_hex('address') }} as hex
    from spelled
),

-- one row per spelling
specials as (
    select
        numbered.written,
        max(case when prefixes.reason <> 'private' then prefixes.reason end) as special_reason,
        max(case when prefixes.reason = 'private' then 1 else 0 end) = 1 as is_private
    from numbered
    inner join {{ ref('int_special_prefixes') }} as prefixes
        on
            numbered.hex between prefixes.first_hex and prefixes.last_hex
            and length(numbered.hex) = length(prefixes.first_hex)
    group by numbered.written
)

select
    cast(numbered.written as varchar) as written,
    cast(numbered.address as varchar) as address,
    cast(numbered.hex as varchar) as hex,
    cast(
        case
            when numbered.hex is null then 'invalid_address'
            when specials.special_reason is not null then specials.special_reason
            when specials.is_private then 'private'
            else 'public'
        end as varchar
    ) as kind
from numbered
left join specials on numbered.written = specials.written

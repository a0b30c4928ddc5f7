-- Special prefixes as ranges of hex text.
with

numbered as (
    select
        reason,
        {{ ip_hex("split_part(prefix, '/', 1)") }} as hex,
        cast(split_part(prefix, '/', 2) as integer) as bits
    from {{ ref('special_addresses') }}
)

select
    reason,
    {{ prefix_bound('hex', 'bits', 'first') }} as first_hex,
    {{ prefix_bound('hex', 'bits', 'last') }} as last_hex
from numbered

-- How wide the time buckets of each address are that this run asks for: about four of its answers
-- fall into one. A flow finds its answer by equality on (address, bucket), then by the exact
-- window: a hash join on every warehouse, however many owners a hot address has had.
with

answers as (
    select
        address_no,
        {{ bucket_seconds('spanned_start', 'spanned_end') }} as bucket_seconds
    from {{ ref('int_spanned_answers') }}
    group by address_no
),

demand as (
    select
        address_no,
        scope_id,
        address
    from {{ ref('int_address_demand') }}
)

select
    demand.address_no,
    demand.scope_id,
    demand.address,
    answers.bucket_seconds
from demand
inner join answers on demand.address_no = answers.address_no

-- How wide the time buckets of each demanded address are: about four of its answers fall into one.
-- A flow finds its answer by equality on (address, bucket), then by the exact window: a hash join
-- on every warehouse, however many owners a hot address has had.
with

demand as (
    select
        address_no,
        scope_id,
        address,
        first_asked_at,
        last_asked_at
    from {{ ref('int_address_demand') }}
),

answer_counts as (
    select
        address_no,
        count(*) as answers
    from {{ ref('int_address_answers') }}
    group by address_no
)

select
    demand.address_no,
    demand.scope_id,
    demand.address,
    cast({{ greatest_known() }}(
        60,
        floor(
            (
                {{ epoch_seconds('demand.last_asked_at') }}
                - {{ epoch_seconds('demand.first_asked_at') }}
                + 1
            )
            * 4 / answer_counts.answers
        )
    ) as bigint) as bucket_seconds
from demand
inner join answer_counts using (address_no)

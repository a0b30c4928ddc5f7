-- Which answers, for the addresses that flows of this run name, reach into the hours of those
-- flows, and the part of each that does: an hour of new flows meets the windows of its hour,
-- whatever history there is. Keys alone: a first build asks for all, and ids are most of a row.
with

span as (
    select * from {{ ref('int_touched_span') }}
),

demand as (
    select
        address_no,
        scope_id,
        address,
        asked_run_no
    from {{ ref('int_address_demand') }}
),

again as (
    select
        scope_id,
        src_ip as address
    from {{ ref('int_flow_captures_again') }}
    union distinct
    select
        scope_id,
        dst_ip
    from {{ ref('int_flow_captures_again') }}
),

-- What int_flow_captures names: by flows that this run takes up, and those it resolves again. Each
-- with the span, so that one join finds what it needs: answers are many.
named as (
    select
        demand.address_no,
        span.span_start,
        span.span_end
    from demand
    cross join span
    where demand.asked_run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)
    union distinct
    select
        demand.address_no,
        span.span_start,
        span.span_end
    from demand
    inner join again on demand.scope_id = again.scope_id and demand.address = again.address
    cross join span
)

select
    answers.address_no,
    answers.window_start,
    answers.window_end,
    {{ greatest_known() }}(answers.window_start, named.span_start) as spanned_start,
    {{ least_known() }}(answers.window_end, named.span_end) as spanned_end
from {{ ref('int_address_answers') }} as answers
inner join named
    on
        answers.address_no = named.address_no
        and answers.window_start < named.span_end
        and answers.window_end > named.span_start

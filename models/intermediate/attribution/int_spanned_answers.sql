{{ config(materialized='view') }}

-- The answers that reach into the hours in which this run resolves flows, and the part of each that
-- does: an hour of new flows meets the windows of its hour, whatever history there is.
with

span as (
    select * from {{ ref('int_touched_span') }}
)

select
    answers.*,
    {{ greatest_known() }}(answers.window_start, span.span_start) as spanned_start,
    {{ least_known() }}(answers.window_end, span.span_end) as spanned_end
from {{ ref('int_address_answers') }} as answers
inner join span
    on answers.window_start < span.span_end and answers.window_end > span.span_start

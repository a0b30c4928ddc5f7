-- Which answers of this run touch which time bucket: the keys of int_spanned_answers, and how long
-- each holds. Their ids are not repeated here, as there may be several buckets to an answer.
with

answers as (
    select
        answers.address_no,
        answers.window_start,
        answers.window_end,
        {{ bucket_of(epoch_seconds('answers.spanned_start'), 'lookup.bucket_seconds') }}
            as first_bucket,
        {{ bucket_of(epoch_seconds('answers.spanned_end'), 'lookup.bucket_seconds') }}
            as last_bucket
    from {{ ref('int_spanned_answers') }} as answers
    inner join {{ ref('int_address_lookup') }} as lookup using (address_no)
)

select
    answers.address_no,
    cast(each_bucket.value as bigint) as bucket,
    answers.window_start,
    answers.window_end
from answers
{{ each_integer('answers.first_bucket', 'answers.last_bucket', 'each_bucket') }}

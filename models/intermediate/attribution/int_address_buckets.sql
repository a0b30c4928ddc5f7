-- The answers that this run may give, once per time bucket that they touch.
with

answers as (
    select
        answers.*,
        cast(floor({{ epoch_seconds('answers.spanned_start') }} / lookup.bucket_seconds) as bigint)
            as first_bucket,
        cast(floor({{ epoch_seconds('answers.spanned_end') }} / lookup.bucket_seconds) as bigint)
            as last_bucket
    from {{ ref('int_spanned_answers') }} as answers
    inner join {{ ref('int_address_lookup') }} as lookup using (address_no)
)

select
    answers.address_no,
    cast(each_bucket.value as bigint) as bucket,
    answers.window_start,
    answers.window_end,
    answers.method,
    answers.candidates,
    answers.may_be_own,
    answers.nic_id,
    answers.nic_mac,
    answers.vm_id,
    answers.vm_uuid,
    answers.confirmed_from,
    answers.confirmed_until,
    answers.extended_after,
    answers.unmatched_reason
from answers
{{ each_integer('answers.first_bucket', 'answers.last_bucket', 'each_bucket') }}

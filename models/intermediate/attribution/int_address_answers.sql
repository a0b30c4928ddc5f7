-- For each demanded address: every stretch of the time asked for, with its holder or a reason.
with

answers as (
    {{ address_answers(
        ref('int_address_demand'), ref('int_address_candidates'), ['address_no']
    ) }}
)

select
    address_no,
    window_start,
    window_end,
    method,
    candidates,
    may_be_own,
    address_window_no,
    nic_id,
    nic_mac,
    vm_id,
    vm_uuid,
    confirmed_from,
    confirmed_until,
    extended_after,
    unmatched_reason
from answers

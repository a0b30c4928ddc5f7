-- Corrected answers over the time of their flows. In: $since, $until, $bucket_hours.
select
    epoch_ms(time_bucket(to_hours($bucket_hours), event_at)) as bucket,
    case
        when old_vm_id is null and new_vm_id is not null then 'a VM in place of a reason'
        when old_vm_id is not null and new_vm_id is null then 'a reason in place of a VM'
        when old_vm_id <> new_vm_id then 'another VM'
        when old_vm_id is null and old_unmatched_reason is distinct from new_unmatched_reason
            then 'another reason'
        when old_vm_uuid is distinct from new_vm_uuid then 'another incarnation'
        else 'another NIC, method or evidence'
    end as change,
    count(*) as ends
from marts.rpt_restatements
where event_at >= $since and event_at < $until
group by all
order by all;

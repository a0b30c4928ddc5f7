-- The newest corrections, one by one. In: $since, $until, $most.
select
    epoch_ms(restated_at) as restated_at,
    epoch_ms(event_at) as event_at,
    flow_id,
    flow_end,
    old_vm_name,
    old_unmatched_reason,
    old_evidence,
    new_vm_name,
    new_unmatched_reason,
    new_evidence
from marts.rpt_restatements
where event_at >= $since and event_at < $until
order by restated_at desc, event_at desc, flow_id, flow_end
limit $most;

-- What each run corrected, newest first. In: $since, $until, $most.
select
    epoch_ms(restated_at) as restated_at,
    count(*) as ends,
    count(distinct flow_id) as flows,
    epoch_ms(min(event_at)) as first_event_at,
    epoch_ms(max(event_at)) as last_event_at,
    count(*) over () as runs
from marts.rpt_restatements
where event_at >= $since and event_at < $until
group by restated_at
order by restated_at desc
limit $most;

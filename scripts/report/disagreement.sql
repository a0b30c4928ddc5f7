-- Disagreement of independent routes over time. In: $since, $until, $bucket_hours.
select
    epoch_ms(time_bucket(to_hours($bucket_hours), hour)) as bucket,
    routes,
    sum(compared_flows)::bigint as compared_flows,
    sum(disagreeing_flows)::bigint as disagreeing_flows
from marts.rpt_disagreement
where hour >= $since and hour < $until
group by all
order by all;

-- Match rate and reasons over time. In: $since, $until, $bucket_hours.
select
    epoch_ms(time_bucket(to_hours($bucket_hours), hour)) as bucket,
    log_format,
    sum(flows)::bigint as flows,
    sum(judged_flows)::bigint as judged_flows,
    sum(matched_captured)::bigint as matched_captured,
    sum(unmatched_internet)::bigint as internet,
    sum(unmatched_azure_platform)::bigint as azure_platform,
    sum(unmatched_not_unicast)::bigint as not_unicast,
    sum(unmatched_nic_without_vm)::bigint as nic_without_vm,
    sum(unmatched_ambiguous)::bigint as ambiguous,
    sum(unmatched_before_first_seen)::bigint as before_first_seen,
    sum(unmatched_after_release)::bigint as after_release,
    sum(unmatched_never_seen)::bigint as never_seen,
    sum(unmatched_outside_collection)::bigint as outside_collection,
    sum(unmatched_pending)::bigint as pending,
    sum(unmatched_invalid_address)::bigint as invalid_address
from marts.rpt_match_rates
where hour >= $since and hour < $until
group by all
order by all;

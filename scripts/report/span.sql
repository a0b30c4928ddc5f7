-- The hours that have flows: the first, the first one after, and how many flows there are.
select
    min(hour),
    max(hour) + interval 1 hour,
    coalesce(sum(flows), 0)::bigint
from marts.rpt_match_rates;

-- What: too few captured ends have a VM, or none could be judged at all.
-- When it matters: always; an inventory that has stopped arriving shows here first.
-- How to resolve: rpt_coverage says which input is missing, the unmatched_ columns of
--     rpt_match_rates say why; `pending` clears itself when the inventory arrives.
with

recent as (
    select rates.*
    from {{ ref('rpt_match_rates') }} as rates
    cross join {{ ref('int_clock') }} as clock
    where {{ dbt.dateadd('hour', var('gate_hours'), 'rates.loaded_hour') }} >= clock.now_at
),

total as (
    select
        coalesce(sum(flows), 0) as flows,
        coalesce(sum(judged_flows), 0) as judged_flows,
        coalesce(sum(matched_captured), 0) as matched_captured
    from recent
)

select *
from total
-- flows of which none can be judged prove nothing
where judged_flows = 0
    or matched_captured < {{ var('match_rate_threshold') }} * judged_flows

-- What: two independent routes to the same VM disagree too often.
-- When it matters: always; the match rate does not see wrong answers, this does.
-- How to resolve: rpt_disagreement by hour, reuse gap and evidence says where; lost operation logs
--     (rpt_coverage) and a firewall whose NIC is not flagged as forwarding are the usual causes.
with

total as (
    select
        routes,
        sum(compared_flows) as compared_flows,
        sum(disagreeing_flows) as disagreeing_flows
    from {{ ref('rpt_disagreement') }}
    cross join {{ ref('int_clock') }} as clock
    where {{ dbt.dateadd('hour', var('gate_hours'), 'loaded_hour') }} >= clock.now_at
    group by routes
)

select *
from total
where disagreeing_flows > {{ var('disagreement_threshold') }} * compared_flows

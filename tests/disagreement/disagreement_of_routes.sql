-- What: two independent routes to the same VM disagree too often.
-- When it matters: always; the match rate does not see wrong answers, this does.
-- How to resolve: rpt_disagreement by hour, reuse gap and evidence says where; lost operation logs
--     (rpt_coverage) and a firewall whose NIC is not flagged as forwarding are the usual causes.
with

total as (
    select
        report.routes,
        sum(report.compared_flows) as compared_flows,
        sum(report.disagreeing_flows) as disagreeing_flows
    from {{ ref('rpt_disagreement') }} as report
    cross join {{ ref('int_clock') }} as clock
    where {{ dbt.dateadd('hour', var('gate_hours'), 'report.loaded_hour') }} >= clock.now_at
    group by report.routes
)

select *
from total
where disagreeing_flows > {{ var('disagreement_threshold') }} * compared_flows

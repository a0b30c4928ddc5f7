-- The hours of flow time in which this run resolves or takes out a flow: what reports count again.
with

flows as (
    select event_at from {{ ref('int_flow_tuples') }}
    where run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)
    union all
    select event_at from {{ ref('int_flows_recaptured') }}
    union all
    select event_at from {{ ref('int_flows_reanswered') }}
)

select distinct cast({{ dbt.date_trunc('hour', 'event_at') }} as {{ type_ts() }}) as hour
from flows
where event_at is not null

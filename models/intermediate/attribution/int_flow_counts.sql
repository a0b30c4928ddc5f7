{{ config(
    materialized='incremental',
    incremental_strategy='replace_hours',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

-- How many flows there are, by hour, subscription and VNet.
-- depends_on: {{ ref('int_touched_hours') }}
select
    cast({{ dbt.date_trunc('hour', 'event_at') }} as {{ type_ts() }}) as hour,
    subscription_id,
    vnet_id,
    cast(count(*) as bigint) as flows
from {{ ref('fct_flows') }}
where {{ in_touched_hours('event_at') }}
group by 1, 2, 3

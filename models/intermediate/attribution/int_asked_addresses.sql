{{ config(
    materialized='incremental',
    unique_key=['scope_id', 'address'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

-- Each address that flows ask for, in each scope, and when it was asked for first and last.
with

flows as (
    select
        scope_id,
        vnet_id,
        subscription_id,
        src_ip,
        dst_ip,
        event_at
    from {{ ref('int_flow_captures_new') }}
),

ends as (
    select
        scope_id,
        vnet_id,
        subscription_id,
        src_ip as address,
        event_at
    from flows
    union all
    select
        scope_id,
        vnet_id,
        subscription_id,
        dst_ip,
        event_at
    from flows
),

asked_now as (
    select
        scope_id,
        max(vnet_id) as vnet_id,
        max(subscription_id) as subscription_id,
        address,
        min(event_at) as first_asked_at,
        max(event_at) as last_asked_at,
        (select run.run_no from {{ ref('int_run') }} as run) as asked_run_no
    from ends
    where address is not null
    group by scope_id, address
),

asked as (
    select * from asked_now
    {%- if is_incremental() %}
        union all
        -- int_flow_captures_new holds the flows of this run alone, whenever they were: what was
        -- asked before them stays asked
        select before.*
        from {{ this }} as before
        inner join asked_now
            on before.scope_id = asked_now.scope_id and before.address = asked_now.address
    {%- endif %}
)

select
    scope_id,
    max(vnet_id) as vnet_id,
    max(subscription_id) as subscription_id,
    address,
    min(first_asked_at) as first_asked_at,
    max(last_asked_at) as last_asked_at,
    max(asked_run_no) as asked_run_no
from asked
group by scope_id, address

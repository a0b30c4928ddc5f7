{{ config(
    materialized='incremental',
    unique_key=['capture_mac', 'hour'],
    incremental_strategy='delete+insert',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

-- Rule 9: the addresses that NICs were seen to use as their own, first and last time per hour.
-- Where flows of an hour were withdrawn and none is left, a row without times remains.
-- depends_on: {{ ref('int_run') }}
with

tuples as (
    select
        capture_mac,
        target_id,
        flow_log_id,
        case direction when 'outbound' then src_ip when 'inbound' then dst_ip end as address,
        {{ dbt.date_trunc('hour', 'event_at') }} as hour,
        event_at,
        run_no,
        is_withdrawn
    from {{ ref('int_flow_tuples') }}
    where capture_mac is not null and event_at is not null
),

{% if is_incremental() -%}
-- the hours of a MAC in which flows were taken up since the last completed run, whole: a late flow
-- may stand before or after those that were there, and a withdrawn one may have been the first
    touched as (
        select distinct
            capture_mac,
            hour
        from tuples
        where run_no > (select run.completed_run_no from {{ ref('int_run') }} as run)
    ),

    flows as (
        select tuples.*
        from tuples
        inner join
            touched
            on tuples.capture_mac = touched.capture_mac and tuples.hour = touched.hour
        where tuples.event_at >= (select min(hours.hour) from touched as hours)
    ),

{% else -%}
flows as (
    select * from tuples
),

{% endif -%}
seen as (
    select
        capture_mac,
        target_id,
        flow_log_id,
        address,
        hour,
        case when not is_withdrawn then event_at end as first_seen_at,
        case when not is_withdrawn then event_at end as last_seen_at
    from flows
    where address is not null

    union all

    -- of flows that are forgotten: what they proved stays
    select
        retained.capture_mac,
        retained.target_id,
        retained.flow_log_id,
        retained.address,
        retained.hour,
        retained.first_seen_at,
        retained.last_seen_at
    from {{ source('state', 'retained_sightings') }} as retained
    {%- if is_incremental() %}
    inner join touched
        on retained.capture_mac = touched.capture_mac and retained.hour = touched.hour
    {%- endif %}
)

select
    capture_mac || ' ' || coalesce(target_id, '') || ' ' || coalesce(flow_log_id, '')
    || ' ' || address || ' ' || {{ timestamp_text('hour') }} as sighting_key,
    capture_mac,
    target_id,
    flow_log_id,
    address,
    hour,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from seen
group by capture_mac, target_id, flow_log_id, address, hour

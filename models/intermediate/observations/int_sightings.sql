{{ config(
    materialized='incremental',
    unique_key='sighting_key',
    incremental_strategy='delete+insert',
    on_schema_change='fail'
) }}

-- Rule 9: the addresses that NICs were seen to use as their own, first and last time per hour.
with

flows as (
    select
        capture_mac,
        target_id,
        flow_log_id,
        case direction when 'outbound' then src_ip when 'inbound' then dst_ip end as address,
        {{ dbt.date_trunc('hour', 'event_at') }} as hour,
        event_at,
        loaded_at
    from {{ ref('int_flow_tuples') }}
    {% if is_incremental() %}
        -- a batch of the same moment may have been added to; counting it again changes nothing
        where loaded_at >= (
                select coalesce(max(before.loaded_at), {{ beginning_of_time() }})
                from {{ this }} as before
            )
    {% endif %}
),

newly_seen as (
    select
        capture_mac || ' ' || coalesce(target_id, '') || ' ' || coalesce(flow_log_id, '')
        || ' ' || address || ' ' || cast(hour as varchar) as sighting_key,
        capture_mac,
        target_id,
        flow_log_id,
        address,
        hour,
        min(event_at) as first_seen_at,
        max(event_at) as last_seen_at,
        max(loaded_at) as loaded_at
    from flows
    where capture_mac is not null and address is not null and event_at is not null
    group by capture_mac, target_id, flow_log_id, address, hour
),

seen as (
    select * from newly_seen
    {% if is_incremental() %}
        union all
        select *
        from {{ this }}
        where sighting_key in (select newly_seen.sighting_key from newly_seen)
    {% endif %}
)

select
    sighting_key,
    capture_mac,
    target_id,
    flow_log_id,
    address,
    hour,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    max(loaded_at) as loaded_at
from seen
group by sighting_key, capture_mac, target_id, flow_log_id, address, hour

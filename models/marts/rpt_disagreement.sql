{{ config(
    materialized='incremental',
    incremental_strategy='replace_hours',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

{%- set logs = {
    'own': "('inbound', 'outbound')", 'sent': "('outbound')", 'received': "('inbound')"
} %}

-- Rule 12: how often two independent routes to the same VM disagree, on the user's own data.
-- depends_on: {{ ref('int_touched_hours') }}
with

forwarding_macs as (
    select capture_mac from {{ ref('int_forwarding_macs') }}
),

-- What a MAC that may forward captured is not its own. Three scans rather than one CTE, which
-- DuckDB would keep whole for its readers.
{%- for log, directions in logs.items() %}
    {{ log }}_flows as (
        select
            flows.*,
            {{ dbt.date_trunc('hour', 'flows.event_at') }} as hour,
            {{ dbt.date_trunc('hour', 'flows.loaded_at') }} as loaded_hour,
            case flows.direction when 'outbound' then flows.src_ip else flows.dst_ip end
                as captured_ip,
            case flows.direction when 'outbound' then flows.src_evidence else flows.dst_evidence end
                as captured_evidence
        from {{ ref('fct_flows') }} as flows
        left join forwarding_macs on flows.capture_mac = forwarding_macs.capture_mac
        where {{ in_touched_hours('flows.event_at') }}
            and flows.direction in {{ directions }}
            and flows.capture_vm_id is not null
            and forwarding_macs.capture_mac is null
    ),
{% endfor %}
-- of the flows that are read here, which are all where this table is made anew alone
span as (
    select
        min(event_at) as first_at,
        max(event_at) as last_at
    from {{ ref('fct_flows') }}
    where {{ in_touched_hours('event_at') }}
),

stated_vms as (
    select
        stated.stated_address_no,
        stated.vnet_id,
        stated.nic_ip,
        stated.vm_id,
        stated.gap_seconds,
        stated.window_start,
        stated.window_end,
        {{ greatest_known() }}(stated.window_start, span.first_at) as spanned_start,
        {{ least_known() }}(stated.window_end, span.last_at) as spanned_end
    from {{ ref('int_stated_vm_windows') }} as stated
    inner join span
        on stated.window_start <= span.last_at and stated.window_end > span.first_at
),

stated_addresses as (
    select
        stated_address_no,
        vnet_id,
        nic_ip,
        {{ bucket_seconds('spanned_start', 'spanned_end') }} as bucket_seconds
    from stated_vms
    group by 1, 2, 3
),

bucket_bounds as (
    select
        stated_vms.*,
        {{ bucket_of(epoch_seconds('stated_vms.spanned_start'), 'addresses.bucket_seconds') }}
            as first_bucket,
        {{ bucket_of(epoch_seconds('stated_vms.spanned_end'), 'addresses.bucket_seconds') }}
            as last_bucket
    from stated_vms
    inner join stated_addresses as addresses using (stated_address_no)
),

stated_buckets as (
    select
        bounds.*,
        cast(each_bucket.value as bigint) as bucket
    from bucket_bounds as bounds
    {{ each_integer('bounds.first_bucket', 'bounds.last_bucket', 'each_bucket') }}
),

-- Left joins, as these are done in the order in which they stand: windows of one address, joined to
-- flows by that alone, would be thousands to each. What found no VM is left out below.
by_address as (
    select
        flows.hour,
        flows.loaded_hour,
        flows.log_format,
        'mac_and_address' as routes,
        stated.gap_seconds,
        flows.captured_evidence as evidence,
        flows.capture_vm_id <> stated.vm_id as is_disagreement
    from own_flows as flows
    left join stated_addresses as addresses
        on flows.vnet_id = addresses.vnet_id and flows.captured_ip = addresses.nic_ip
    left join stated_buckets as stated
        on
            addresses.stated_address_no = stated.stated_address_no
            and {{ bucket_of(epoch_seconds('flows.event_at'), 'addresses.bucket_seconds') }}
            = stated.bucket
            and {{ in_window('flows.event_at', 'stated') }}
),

-- a flow that both of its NICs logged: each log names the other's VM by address, its own by MAC
by_log as (
    select
        outbound.hour,
        outbound.loaded_hour,
        outbound.log_format,
        'two_logs' as routes,
        null as gap_seconds,
        outbound.dst_evidence as evidence,
        outbound.dst_vm_id <> inbound.capture_vm_id or inbound.src_vm_id <> outbound.capture_vm_id
            as is_disagreement
    from sent_flows as outbound
    inner join received_flows as inbound
        on
            outbound.src_ip = inbound.src_ip
            and outbound.src_port = inbound.src_port
            and outbound.dst_ip = inbound.dst_ip
            and outbound.dst_port = inbound.dst_port
            and outbound.protocol = inbound.protocol
            and outbound.event_at = inbound.event_at
            and outbound.vnet_id = inbound.vnet_id
            and outbound.log_format = inbound.log_format
    where outbound.dst_vm_id is not null and inbound.src_vm_id is not null
),

compared as (
    select * from by_address
    union all
    select * from by_log
)

select
    cast(hour as {{ type_ts() }}) as hour,
    cast(loaded_hour as {{ type_ts() }}) as loaded_hour,
    cast(log_format as varchar) as log_format,
    cast(routes as varchar) as routes,
    cast(
        case
            when gap_seconds is null then 'unknown'
            when gap_seconds < 60 then 'under a minute'
            when gap_seconds < 3600 then 'under an hour'
            else 'an hour or more'
        end as varchar
    ) as reuse_gap,
    cast(coalesce(evidence, 'none') as varchar) as evidence,
    cast(count(is_disagreement) as bigint) as compared_flows,
    cast(sum(case when is_disagreement then 1 else 0 end) as bigint) as disagreeing_flows
from compared
group by 1, 2, 3, 4, 5, 6
having count(is_disagreement) > 0

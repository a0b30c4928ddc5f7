{{ config(
    materialized='incremental',
    incremental_strategy='replace_hours',
    on_schema_change='fail',
    tags=['takes_up_changes']
) }}

-- How many flows got a VM, by hour and log format, and why the others did not.
-- depends_on: {{ ref('int_touched_hours') }}
with

flows as (
    select * from {{ ref('fct_flows') }}
    where {{ in_touched_hours('event_at') }}
),

forwarders as (
    select nic_id from {{ ref('dim_nics') }}
    where is_forwarder
),

own_addresses as (
    select distinct
        nic_id,
        nic_ip
    from {{ ref('dim_nic_ip_windows') }}
),

-- addresses that the VNet of the inventory neither contains nor ever held
foreign_addresses as (
    select
        vnet_id,
        address
    from {{ ref('int_address_demand') }}
    where method = 'peered_vnet_ip'
),

captured as (
    select
        flows.*,
        case flows.direction when 'outbound' then flows.src_vm_id else flows.dst_vm_id end
            as captured_vm_id,
        case flows.direction
            when 'outbound' then flows.src_unmatched_reason else flows.dst_unmatched_reason
        end as captured_reason,
        -- passed on by a firewall or router, known or not: a NIC's own address is in its VNet
        forwarders.nic_id is not null and own_addresses.nic_id is null
        or foreign_addresses.address is not null as is_passed_on
    from flows
    left join forwarders on flows.capture_nic_id = forwarders.nic_id
    left join own_addresses
        on
            flows.capture_nic_id = own_addresses.nic_id
            and case flows.direction when 'outbound' then flows.src_ip else flows.dst_ip end
            = own_addresses.nic_ip
    left join foreign_addresses
        on
            flows.vnet_id = foreign_addresses.vnet_id
            and case flows.direction when 'outbound' then flows.src_ip else flows.dst_ip end
            = foreign_addresses.address
),

judged as (
    select
        *,
        (not is_passed_on or captured_vm_id is not null)
        and coalesce(captured_reason, '') not in ('internet', 'azure_platform', 'not_unicast')
            as is_judged
    from captured
)

select
    cast({{ dbt.date_trunc('hour', 'event_at') }} as {{ type_ts() }}) as hour,
    cast(log_format as varchar) as log_format,
    cast({{ dbt.date_trunc('hour', 'loaded_at') }} as {{ type_ts() }}) as loaded_hour,
    cast(count(*) as bigint) as flows,
    cast(sum(case when is_judged then 1 else 0 end) as bigint) as judged_flows,
    cast(sum(case when is_judged and captured_vm_id is not null then 1 else 0 end) as bigint)
        as matched_captured,
    cast(count(src_vm_id) as bigint) as matched_source,
    cast(count(dst_vm_id) as bigint) as matched_destination,
    cast(sum(case when src_vm_id is not null and dst_vm_id is not null then 1 else 0 end) as bigint)
        as matched_both,
    cast(
        sum(case when src_unmatched_reason = 'internet' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'internet' then 1 else 0 end) as bigint
    ) as unmatched_internet,
    cast(
        sum(case when src_unmatched_reason = 'azure_platform' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'azure_platform' then 1 else 0 end) as bigint
    ) as unmatched_azure_platform,
    cast(
        sum(case when src_unmatched_reason = 'not_unicast' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'not_unicast' then 1 else 0 end) as bigint
    ) as unmatched_not_unicast,
    cast(
        sum(case when src_unmatched_reason = 'nic_without_vm' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'nic_without_vm' then 1 else 0 end) as bigint
    ) as unmatched_nic_without_vm,
    cast(
        sum(case when src_unmatched_reason = 'ambiguous' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'ambiguous' then 1 else 0 end) as bigint
    ) as unmatched_ambiguous,
    cast(
        sum(case when src_unmatched_reason = 'before_first_seen' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'before_first_seen' then 1 else 0 end) as bigint
    ) as unmatched_before_first_seen,
    cast(
        sum(case when src_unmatched_reason = 'after_release' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'after_release' then 1 else 0 end) as bigint
    ) as unmatched_after_release,
    cast(
        sum(case when src_unmatched_reason = 'never_seen' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'never_seen' then 1 else 0 end) as bigint
    ) as unmatched_never_seen,
    cast(
        sum(case when src_unmatched_reason = 'outside_collection' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'outside_collection' then 1 else 0 end) as bigint
    ) as unmatched_outside_collection,
    cast(
        sum(case when src_unmatched_reason = 'pending' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'pending' then 1 else 0 end) as bigint
    ) as unmatched_pending,
    cast(
        sum(case when src_unmatched_reason = 'invalid_address' then 1 else 0 end)
        + sum(case when dst_unmatched_reason = 'invalid_address' then 1 else 0 end) as bigint
    ) as unmatched_invalid_address
from judged
group by 1, 2, 3

{{ config(materialized='view') }}

-- VNet flow log version 4, flattened to tuples.
with

records as (
    select
        record_key,
        recorded_at,
        record_mac,
        flow_log_id,
        target_id,
        target_nic_id,
        target_vnet_id,
        flow_log_subscription_id,
        vnet_flows,
        flow_offset,
        group_offset,
        tuple_offset,
        loaded_at
    from {{ ref('int_records_taken_up') }}
    where flow_log_version = '4'
),

-- one row per group: what its tuples share is worked out once
groups as (
    select
        *,
        {{ group_key() }} as group_key,
        {{ struct_text('flow_group', 'rule') }} as rule_name,
        {{ arm_id(struct_text('flow', 'aclID')) }} as acl_id
    from {{ flatten_flow_groups('records', 'vnet_flows', 'flowGroups') }} as flattened
),

-- one row per tuple
tuples as (
    select
        *,
        {{ tuple_fields('flow_tuple') }} as fields
    from {{ flatten_flow_tuples('groups') }} as flattened
),

-- canonical_ip names what it is given many times: a column costs nothing to name
written as (
    select
        *,
        {{ tuple_field('fields', 2) }} as src_written,
        {{ tuple_field('fields', 3) }} as dst_written
    from tuples
)

select
    {{ flow_id() }} as flow_id,
    record_key,
    {{ epoch_to_timestamp(tuple_field('fields', 1)) }} as event_at,
    recorded_at,
    loaded_at,
    'vnet_v4' as log_format,
    case {{ tuple_field('fields', 7) }} when 'I' then 'inbound' when 'O' then 'outbound' end
        as direction,
    -- version 4 has no decision: denied is a state
    case when {{ tuple_field('fields', 8) }} = 'D' then 'denied' else 'allowed' end as action,
    case {{ tuple_field('fields', 8) }}
        when 'B' then 'begin' when 'C' then 'continue' when 'E' then 'end' when 'D' then 'denied'
    end as flow_state,
    {{ tuple_field('fields', 9) }} as encryption,
    {{ canonical_ip('src_written') }} as src_ip,
    try_cast({{ tuple_field('fields', 4) }} as integer) as src_port,
    {{ canonical_ip('dst_written') }} as dst_ip,
    try_cast({{ tuple_field('fields', 5) }} as integer) as dst_port,
    try_cast({{ tuple_field('fields', 6) }} as integer) as protocol,
    try_cast({{ tuple_field('fields', 10) }} as bigint) as packets_src_to_dst,
    try_cast({{ tuple_field('fields', 11) }} as bigint) as bytes_src_to_dst,
    try_cast({{ tuple_field('fields', 12) }} as bigint) as packets_dst_to_src,
    try_cast({{ tuple_field('fields', 13) }} as bigint) as bytes_dst_to_src,
    rule_name,
    acl_id,
    record_mac as capture_mac,
    flow_log_id,
    target_id,
    target_nic_id,
    target_vnet_id,
    flow_log_subscription_id
from written

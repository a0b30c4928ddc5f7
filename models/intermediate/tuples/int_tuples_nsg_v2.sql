{{ config(materialized='view') }}

-- NSG flow log version 2, flattened to tuples.
with

records as (
    select
        record_key,
        recorded_at,
        record_mac,
        flow_log_id,
        flow_log_subscription_id,
        nsg_flows,
        flow_offset,
        group_offset,
        tuple_offset,
        loaded_at
    from {{ ref('int_records_taken_up') }}
    where flow_log_version = '2'
),

-- one row per group: what its tuples share is worked out once
groups as (
    select
        *,
        {{ group_key() }} as group_key,
        {{ struct_text('flow', 'rule') }} as rule_name,
        coalesce({{ canonical_mac(struct_text('flow_group', 'mac')) }}, record_mac) as capture_mac
    from {{ flatten_flow_groups('records', 'nsg_flows', 'flows') }} as flattened
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
    'nsg_v2' as log_format,
    {{ nsg_tuple_columns('fields', counters=true) }},
    rule_name,
    -- an NSG flow log is the log of one NSG: that is its ACL
    flow_log_id as acl_id,
    capture_mac,
    flow_log_id,
    cast(null as varchar) as target_id,
    cast(null as varchar) as target_nic_id,
    cast(null as varchar) as target_vnet_id,
    flow_log_subscription_id
from written

-- NSG flow log version 2, flattened to tuples.
with

records as (
    select
        record_key,
        file_path,
        file_row,
        recorded_at,
        record_mac,
        flow_log_id,
        flow_log_subscription_id,
        nsg_flows,
        flow_offset,
        group_offset,
        tuple_offset,
        loaded_at
    from {{ ref('stg_flow_logs__records') }}
    where flow_log_version = '2'
),

-- one row per tuple
tuples as (
    select
        *,
        {{ struct_text('flow', 'rule') }} as rule_name,
        {{ struct_text('flow_group', 'mac') }} as group_mac,
        {{ tuple_fields('flow_tuple') }} as fields
    from {{ flatten_flow_tuples('records', 'nsg_flows', 'flows') }} as flattened
)

select
    record_key,
    flow_index,
    group_index,
    tuple_index,
    file_path,
    file_row,
    {{ epoch_to_timestamp(tuple_field('fields', 1)) }} as event_at,
    recorded_at,
    loaded_at,
    'nsg_v2' as log_format,
    {{ nsg_tuple_columns('fields', counters=true) }},
    rule_name,
    -- an NSG flow log is the log of one NSG: that is its ACL
    flow_log_id as acl_id,
    coalesce({{ canonical_mac('group_mac') }}, record_mac) as capture_mac,
    flow_log_id,
    cast(null as varchar) as target_id,
    flow_log_subscription_id
from tuples

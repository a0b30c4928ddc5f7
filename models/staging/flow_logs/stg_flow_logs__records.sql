-- Flow-log records with ids, MAC and times in the forms that all formats share; tuples untouched.
with

records as (
    select * from {{ source('raw', 'flow_logs') }}
),

cleaned as (
    select
        *,
        {{ arm_id('flow_log_resource_id') }} as flow_log_id,
        {{ arm_id('target_resource_id') }} as target_id,
        {{ parse_timestamp('record_time') }} as recorded_at
    from records
)

select
    record_key,
    file_path,
    file_row,
    flow_log_version,
    recorded_at,
    {{ canonical_mac('mac_address') }} as record_mac,
    flow_log_id,
    target_id,
    case when {{ resource_kind('target_id') }} = 'nic' then target_id end as target_nic_id,
    case
        when target_id like '%/virtualnetworks/%' then split_part(target_id, '/subnets/', 1)
    end as target_vnet_id,
    {{ arm_id_part('flow_log_id', 'subscriptions') }} as flow_log_subscription_id,
    nsg_flows,
    vnet_flows,
    flow_offset,
    group_offset,
    tuple_offset,
    file_modified_at,
    loaded_at
from cleaned

-- What operation logs and collectors say of NICs, each as it was said.
with

operations as (
    select
        *,
        coalesce({{ arm_id(json_text('body', ['id'])) }}, entity_id, resource_id) as nic_id,
        {{ json_get('body', ['properties']) }} as properties
    from {{ ref('int_operations') }}
    -- Start states nothing, a delete may carry the deleted resource, a failure says what is not so
    where status in ('accept', 'success', 'other')
        and not is_failed
        and body is not null
        and operation_name like '%/networkinterfaces/write'
),

operation_statements as (
    select
        nic_id,
        event_at as observed_at,
        'operation_log' as source,
        evidence,
        attempt_key,
        tenant_id,
        is_creation,
        file_path || ':' || cast(file_row as varchar) as statement_key,
        {{ nic_columns('body', 'properties') }}
    from operations
),

collector_statements as (
    select * from {{ ref('stg_collectors__network_interfaces') }}
    where is_statement
),

united as (
    select
        nic_id,
        observed_at,
        source,
        evidence,
        attempt_key,
        statement_key,
        tenant_id,
        nic_mac,
        vm_id,
        is_vm_hidden,
        forwards,
        is_private_link,
        nsg_id,
        resource_guid,
        is_creation,
        ip_configurations,
        location,
        tags
    from operation_statements
    where {{ resource_kind('nic_id') }} = 'nic'
        -- a body without its configurations is no state of the NIC
        and {{ json_is_array('ip_configurations') }}

    union all

    select
        nic_id,
        recorded_at,
        'collector',
        'collector ' || {{ timestamp_text('recorded_at') }},
        'collector ' || {{ timestamp_text('recorded_at') }},
        file_path || ':' || cast(file_row as varchar),
        tenant_id,
        nic_mac,
        vm_id,
        is_vm_hidden,
        forwards,
        is_private_link,
        nsg_id,
        resource_guid,
        false,
        ip_configurations,
        location,
        tags
    from collector_statements
    where {{ json_is_array('ip_configurations') }}
)

select
    statement_key,
    nic_id,
    observed_at,
    source,
    evidence,
    attempt_key,
    {{ arm_id_part('nic_id', 'subscriptions') }} as subscription_id,
    tenant_id,
    nic_mac,
    -- the NIC of a scale-set instance is nested below its VM: the id itself says whose it is
    coalesce(
        vm_id,
        case
            when
                nic_id like '%/virtualmachinescalesets/%'
                then split_part(nic_id, '/networkinterfaces/', 1)
        end
    ) as vm_id,
    coalesce(is_vm_hidden, false) as is_vm_hidden,
    forwards,
    is_private_link,
    nsg_id,
    resource_guid,
    is_creation,
    ip_configurations,
    location,
    tags
from united
-- "******" for a configuration or its address: which addresses the NIC has, it does not say
where not {{ regexp_full_match("replace(cast(ip_configurations as varchar), chr(10), '')",
    '.*("(properties|privateIPAddress|privateIpAddress|private_ip_address)" *: *|[[,] *)"[*]+".*') }}

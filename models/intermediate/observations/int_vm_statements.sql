-- What operation logs and collectors say of VMs, each as it was said.
with

operations as (
    select
        *,
        coalesce({{ arm_id(json_text('body', ['id'])) }}, entity_id, resource_id) as vm_id,
        {{ json_get('body', ['properties']) }} as properties
    from {{ ref('int_operations') }}
    where status in ('accept', 'success', 'other')
        and not is_failed
        and body is not null
        and operation_name in (
            'microsoft.compute/virtualmachines/write',
            'microsoft.compute/virtualmachinescalesets/virtualmachines/write'
        )
),

operation_statements as (
    select
        vm_id,
        event_at as observed_at,
        'operation_log' as source,
        evidence,
        attempt_key,
        tenant_id,
        is_creation,
        file_path || ':' || cast(file_row as varchar) as statement_key,
        {{ vm_columns('body', 'properties') }}
    from operations
),

collector_statements as (
    select * from {{ ref('stg_collectors__virtual_machines') }}
    where is_statement
)

select
    statement_key,
    vm_id,
    observed_at,
    source,
    evidence,
    attempt_key,
    {{ arm_id_part('vm_id', 'subscriptions') }} as subscription_id,
    tenant_id,
    vm_uuid,
    is_creation,
    vm_name,
    network_interfaces,
    location,
    tags
from operation_statements
where {{ resource_kind('vm_id') }} = 'vm'

union all

select
    file_path || ':' || cast(file_row as varchar),
    vm_id,
    recorded_at,
    'collector',
    'collector ' || {{ timestamp_text('recorded_at') }},
    'collector ' || {{ timestamp_text('recorded_at') }},
    {{ arm_id_part('vm_id', 'subscriptions') }},
    tenant_id,
    vm_uuid,
    false,
    vm_name,
    network_interfaces,
    location,
    tags
from collector_statements

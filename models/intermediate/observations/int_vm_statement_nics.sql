-- The NICs that each statement gives a VM: every entry of its network profile, not the first alone.
with

statements as (
    select
        statement_key,
        vm_id,
        network_interfaces
    from {{ ref('int_vm_statements') }}
)

select distinct
    statements.statement_key,
    statements.vm_id,
    {{ arm_id(json_text('interface.value', ['id'])) }} as nic_id
from statements
{{ json_each('statements.network_interfaces', 'interface') }}
where {{ json_text('interface.value', ['id']) }} is not null

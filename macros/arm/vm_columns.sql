{#- What a VM's JSON states, wherever it comes from. resource: the VM; properties: its properties
    (the resource itself where flattened). -#}
{% macro vm_columns(resource, properties) -%}
    nullif(lower(coalesce(
        {{ json_text(properties, ['vmId']) }}, {{ json_text(properties, ['vm_id']) }}
    )), '') as vm_uuid,
    {{ json_text(resource, ['name']) }} as vm_name,
    coalesce(
        {{ json_get(properties, ['networkProfile', 'networkInterfaces']) }},
        {{ json_get(properties, ['network_profile', 'network_interfaces']) }}
    ) as network_interfaces,
    lower(coalesce(
        {{ json_text(properties, ['provisioningState']) }},
        {{ json_text(properties, ['provisioning_state']) }}
    )) as provisioning_state,
    {{ json_text(resource, ['location']) }} as location,
    {{ json_text(resource, ['tags']) }} as tags
{%- endmacro %}

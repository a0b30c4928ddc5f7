{#- What a NIC's JSON states, wherever it comes from. resource: the NIC; properties: its properties
    (the resource itself where flattened). SDK dictionaries write snake case. -#}
{% macro nic_columns(resource, properties) -%}
    {{ canonical_mac("coalesce(" ~ json_text(properties, ['macAddress']) ~ ", "
        ~ json_text(properties, ['mac_address']) ~ ")") }} as nic_mac,
    {{ arm_id("coalesce(" ~ json_text(properties, ['virtualMachine', 'id']) ~ ", "
        ~ json_text(properties, ['virtual_machine', 'id']) ~ ", "
        ~ json_text(properties, ['virtual_machine_id']) ~ ")") }} as vm_id,
    -- a hidden VM is not "no VM"
    coalesce(
        {{ json_text(properties, ['virtualMachine']) }}, {{ json_text(properties, ['virtual_machine']) }}
    ) like '*%' as is_vm_hidden,
    lower(coalesce(
        {{ json_text(properties, ['enableIPForwarding']) }},
        {{ json_text(properties, ['enableIpForwarding']) }},
        {{ json_text(properties, ['enable_ip_forwarding']) }}
    )) = 'true' as forwards,
    coalesce(
        {{ json_text(properties, ['privateEndpoint', 'id']) }},
        {{ json_text(properties, ['private_endpoint', 'id']) }},
        {{ json_text(properties, ['privateLinkService', 'id']) }},
        {{ json_text(properties, ['private_link_service', 'id']) }}
    ) is not null as is_private_link,
    {{ arm_id("coalesce(" ~ json_text(properties, ['networkSecurityGroup', 'id']) ~ ", "
        ~ json_text(properties, ['network_security_group', 'id']) ~ ", "
        ~ json_text(properties, ['network_security_group_id']) ~ ")") }} as nsg_id,
    coalesce(
        {{ json_get(properties, ['ipConfigurations']) }}, {{ json_get(properties, ['ip_configurations']) }}
    ) as ip_configurations,
    lower(coalesce(
        {{ json_text(properties, ['provisioningState']) }},
        {{ json_text(properties, ['provisioning_state']) }}
    )) as provisioning_state,
    lower(coalesce(
        {{ json_text(properties, ['resourceGuid']) }}, {{ json_text(properties, ['resource_guid']) }}
    )) as resource_guid,
    {{ json_text(resource, ['location']) }} as location,
    {{ json_text(resource, ['tags']) }} as tags
{%- endmacro %}

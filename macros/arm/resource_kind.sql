{#- What a resource id names: nic, vm, scale_set, resource_group, vnet or other.
    id: from arm_id. A sub-resource (a VM's extension) is none of them. -#}
{% macro resource_kind(id) -%}
    {%- set scope = '/subscriptions/[^/]+/resourcegroups/[^/]+' -%}
    {%- set compute = scope ~ '/providers/microsoft.compute' -%}
    case
        when {{ regexp_full_match(id, scope ~ '/providers/microsoft.network/networkinterfaces/[^/]+') }}
            or {{ regexp_full_match(id, compute ~ '/virtualmachinescalesets/[^/]+/virtualmachines/[^/]+/networkinterfaces/[^/]+') }}
            then 'nic'
        when {{ regexp_full_match(id, compute ~ '/virtualmachines/[^/]+') }}
            or {{ regexp_full_match(id, compute ~ '/virtualmachinescalesets/[^/]+/virtualmachines/[^/]+') }}
            then 'vm'
        when {{ regexp_full_match(id, compute ~ '/virtualmachinescalesets/[^/]+') }} then 'scale_set'
        when {{ regexp_full_match(id, scope ~ '/providers/microsoft.network/virtualnetworks/[^/]+') }} then 'vnet'
        when {{ regexp_full_match(id, scope) }} then 'resource_group'
        else 'other'
    end
{%- endmacro %}

{#- The list in which collectors find a resource: plain NICs and VMs in the subscription's own list,
    those of a uniform scale set in that scale set's (az network nic list leaves them out).
    id: of a NIC or a VM, from arm_id. -#}
{% macro listing_group(id) -%}
    case
        when {{ id }} like '%/virtualmachinescalesets/%' then split_part({{ id }}, '/virtualmachines/', 1)
        else 'plain'
    end
{%- endmacro %}

{#- What tells which NIC captured a flow: the log's target where that is a NIC, else the MAC.
    tuples: alias of int_flow_tuples. -#}
{% macro capture_key(tuples) -%}
    coalesce({{ tuples }}.target_nic_id, {{ tuples }}.capture_mac)
{%- endmacro %}

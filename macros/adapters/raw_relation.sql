{#- The relation with the raw rows of an input: what landing wrote, or an adapter of tables that are there
    already, as the variable <table>_from says. Nothing else chooses. table: in the source `raw`. -#}
{% macro raw_relation(table) -%}
    {%- set products = {
        'network_interfaces': ['snowalert', 'cloudquery', 'steampipe'],
        'virtual_machines': ['snowalert', 'cloudquery', 'steampipe'],
        'virtual_networks': ['cloudquery', 'steampipe'],
        'operation_logs': ['snowalert'],
    }[table] -%}
    {%- set chosen = var(table ~ '_from') -%}
    {#- a unit test is given the raw rows themselves -#}
    {%- if chosen == 'raw' or model.resource_type == 'unit_test' -%}
        {{ return(source('raw', table)) }}
    {%- elif chosen in products -%}
        {{ return(ref('adapter_' ~ chosen ~ '__' ~ table)) }}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(
        "The variable " ~ table ~ "_from is '" ~ chosen ~ "', and must be one of "
        ~ (['raw'] + products) | join(', ') ~ "."
    ) }}
{%- endmacro %}

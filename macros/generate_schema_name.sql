{#
    Schemas are named exactly `staging`, `intermediate`, `marts` and `reference` in every
    environment. dbt's own rule would put the target's schema in front of them; here databases,
    not prefixes, keep environments apart, so that a query pastes from one into the other.

    custom_schema_name: the model's `+schema`, or none
    node: the node that asks
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema if custom_schema_name is none else custom_schema_name | trim }}
{%- endmacro %}

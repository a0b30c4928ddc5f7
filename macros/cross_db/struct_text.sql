{#- A text field of a nested flow-log value (a DuckDB struct, a Snowflake VARIANT).
    expr: the value; field: its name, in Azure's spelling. -#}
{% macro struct_text(expr, field) %}{{ return(adapter.dispatch('struct_text')(expr, field)) }}{% endmacro %}

{% macro default__struct_text(expr, field) %}{{ expr }}."{{ field }}"{% endmacro %}

{% macro snowflake__struct_text(expr, field) %}{{ expr }}:"{{ field }}"::varchar{% endmacro %}

{#- The value at the least of an order, among the rows in which it is not null. An aggregate.
    Snowflake's min_by leaves a row out for its order alone, and would answer null for the first row.
    expr: any column; at: what orders, without ties. -#}
{% macro earliest_known(expr, at) %}{{ return(adapter.dispatch('earliest_known')(expr, at)) }}{% endmacro %}

{% macro default__earliest_known(expr, at) %}min_by({{ expr }}, {{ at }}){% endmacro %}

{% macro snowflake__earliest_known(expr, at) -%}
    min_by({{ expr }}, case when ({{ expr }}) is not null then {{ at }} end)
{%- endmacro %}

{#- Joins each whole number from first to last, both included, as <alias>.value.
    first, last: bigint columns of the table before it in the from clause. -#}
{% macro each_integer(first, last, alias) %}
    {{- return(adapter.dispatch('each_integer')(first, last, alias)) -}}
{% endmacro %}

{% macro default__each_integer(first, last, alias) -%}
    , unnest(range({{ first }}, {{ last }} + 1)) as {{ alias }} (value)
{%- endmacro %}

{% macro snowflake__each_integer(first, last, alias) -%}
    , lateral flatten(input => array_generate_range({{ first }}, {{ last }} + 1)) as {{ alias }}
{%- endmacro %}

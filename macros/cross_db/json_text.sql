{#- The value at a path as text: a string without its quotes, an object as its JSON text;
    null for JSON null. expr: JSON; path: list of keys, empty for the value itself. -#}
{% macro json_text(expr, path) %}{{ return(adapter.dispatch('json_text')(expr, path)) }}{% endmacro %}

{% macro default__json_text(expr, path) -%}
    json_extract_string({{ expr }}, '${% for key in path %}."{{ key }}"{% endfor %}')
{%- endmacro %}

{% macro snowflake__json_text(expr, path) -%}
    {{ expr }}{% for key in path %}['{{ key }}']{% endfor %}::varchar
{%- endmacro %}

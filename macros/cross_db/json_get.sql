{#- The JSON value at a path; null where there is none.
    expr: JSON; path: list of keys. Keys are quoted: Azure's contain dots and slashes in tags. -#}
{% macro json_get(expr, path) %}{{ return(adapter.dispatch('json_get')(expr, path)) }}{% endmacro %}

{% macro default__json_get(expr, path) -%}
    json_extract({{ expr }}, '${% for key in path %}."{{ key }}"{% endfor %}')
{%- endmacro %}

{% macro snowflake__json_get(expr, path) -%}
    {{ expr }}{% for key in path %}['{{ key }}']{% endfor %}
{%- endmacro %}

{#- The first part of a text that matches a regular expression; null where none does.
    expr: text; pattern: without backslashes. DuckDB answers '' for no match. -#}
{% macro regexp_extract_text(expr, pattern) %}
    {{- return(adapter.dispatch('regexp_extract_text')(expr, pattern)) -}}
{% endmacro %}

{% macro default__regexp_extract_text(expr, pattern) %}nullif(regexp_extract({{ expr }}, '{{ pattern }}'), ''){% endmacro %}

{% macro snowflake__regexp_extract_text(expr, pattern) %}regexp_substr({{ expr }}, '{{ pattern }}'){% endmacro %}

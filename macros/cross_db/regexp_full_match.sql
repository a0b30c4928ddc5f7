{#- Whether a text matches a regular expression from end to end.
    expr: text; pattern: without anchors and without backslashes, whose escaping differs. -#}
{% macro regexp_full_match(expr, pattern) %}
    {{- return(adapter.dispatch('regexp_full_match')(expr, pattern)) -}}
{% endmacro %}

{% macro default__regexp_full_match(expr, pattern) %}regexp_full_match({{ expr }}, '{{ pattern }}'){% endmacro %}

{% macro snowflake__regexp_full_match(expr, pattern) %}regexp_like({{ expr }}, '{{ pattern }}'){% endmacro %}

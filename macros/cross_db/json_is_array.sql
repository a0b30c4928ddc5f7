{#- Whether a JSON value is an array; an empty one is. expr: JSON. -#}
{% macro json_is_array(expr) %}{{ return(adapter.dispatch('json_is_array')(expr)) }}{% endmacro %}

{% macro default__json_is_array(expr) %}(coalesce(json_type({{ expr }}), '') = 'ARRAY'){% endmacro %}

{% macro snowflake__json_is_array(expr) %}coalesce(is_array({{ expr }}), false){% endmacro %}

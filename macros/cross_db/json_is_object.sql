{#- Whether a JSON value is an object: Azure puts the string "******" where it hides one.
    expr: JSON. -#}
{% macro json_is_object(expr) %}{{ return(adapter.dispatch('json_is_object')(expr)) }}{% endmacro %}

{% macro default__json_is_object(expr) %}(coalesce(json_type({{ expr }}), '') = 'OBJECT'){% endmacro %}

{% macro snowflake__json_is_object(expr) %}coalesce(is_object({{ expr }}), false){% endmacro %}

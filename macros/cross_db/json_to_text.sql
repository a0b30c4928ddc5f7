{#- JSON as compact text. expr: JSON; a VARIANT on Snowflake. -#}
{% macro json_to_text(expr) %}{{ return(adapter.dispatch('json_to_text')(expr)) }}{% endmacro %}

{% macro default__json_to_text(expr) %}cast({{ expr }} as varchar){% endmacro %}

{% macro snowflake__json_to_text(expr) %}to_json({{ expr }}){% endmacro %}

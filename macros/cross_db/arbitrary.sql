{#- Any one value of a group whose values are all the same. expr: any column. -#}
{% macro arbitrary(expr) %}{{ return(adapter.dispatch('arbitrary')(expr)) }}{% endmacro %}

{#- DuckDB's any_value skips nulls, which is what groups of two kinds of record need -#}
{% macro default__arbitrary(expr) %}any_value({{ expr }}){% endmacro %}

{% macro snowflake__arbitrary(expr) %}any_value({{ expr }}){% endmacro %}

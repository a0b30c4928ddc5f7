{#- The last value that is not null in a window frame.
    expr: any column; over: the window specification, without its parentheses. -#}
{% macro last_known(expr, over) %}{{ return(adapter.dispatch('last_known')(expr, over)) }}{% endmacro %}

{% macro default__last_known(expr, over) %}last_value({{ expr }} ignore nulls) over ({{ over }}){% endmacro %}

{% macro snowflake__last_known(expr, over) %}last_value({{ expr }}) ignore nulls over ({{ over }}){% endmacro %}

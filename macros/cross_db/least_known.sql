{#- The name of the function that gives the least of its arguments that are not null: Snowflake's `least`
    is null where one of them is. -#}
{% macro least_known() %}{{ return(adapter.dispatch('least_known')()) }}{% endmacro %}

{% macro default__least_known() %}least{% endmacro %}

{% macro snowflake__least_known() %}least_ignore_nulls{% endmacro %}

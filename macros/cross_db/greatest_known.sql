{#- The name of the function that gives the greatest of its arguments that are not null: Snowflake's
    `greatest` is null where one of them is. -#}
{% macro greatest_known() %}{{ return(adapter.dispatch('greatest_known')()) }}{% endmacro %}

{% macro default__greatest_known() %}greatest{% endmacro %}

{% macro snowflake__greatest_known() %}greatest_ignore_nulls{% endmacro %}

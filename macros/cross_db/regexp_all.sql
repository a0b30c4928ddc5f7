{#- What regexp_replace needs after its arguments to replace every match: Snowflake always does. -#}
{% macro regexp_all() %}{{ return(adapter.dispatch('regexp_all')()) }}{% endmacro %}

{% macro default__regexp_all() %}, 'g'{% endmacro %}

{% macro snowflake__regexp_all() %}{% endmacro %}

{#- The project's one timestamp type: UTC, without a zone. -#}
{% macro type_ts() %}{{ return(adapter.dispatch('type_ts')()) }}{% endmacro %}

{% macro default__type_ts() %}timestamp{% endmacro %}

{% macro snowflake__type_ts() %}timestamp_ntz{% endmacro %}

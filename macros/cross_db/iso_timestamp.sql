{#- A UTC timestamp as ISO 8601 text with milliseconds and Z. expr: timestamp. A cast to text would do on
    neither: DuckDB cuts zeros off, Snowflake asks a parameter of the session. -#}
{% macro iso_timestamp(expr) %}{{ return(adapter.dispatch('iso_timestamp')(expr)) }}{% endmacro %}

{% macro default__iso_timestamp(expr) %}strftime({{ expr }}, '%Y-%m-%dT%H:%M:%S.%gZ'){% endmacro %}

{% macro snowflake__iso_timestamp(expr) %}to_varchar({{ expr }}, 'YYYY-MM-DD"T"HH24:MI:SS.FF3"Z"'){% endmacro %}

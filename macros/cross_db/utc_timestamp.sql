{#- A moment as UTC without a zone, to the microsecond. expr: a timestamp with a zone; one without is
    taken in the session's, which is UTC. -#}
{% macro utc_timestamp(expr) %}{{ return(adapter.dispatch('utc_timestamp')(expr)) }}{% endmacro %}

{% macro default__utc_timestamp(expr) %}cast(cast({{ expr }} as timestamptz) at time zone 'UTC' as timestamp){% endmacro %}

{% macro snowflake__utc_timestamp(expr) %}convert_timezone('UTC', {{ expr }})::timestamp_ntz(6){% endmacro %}

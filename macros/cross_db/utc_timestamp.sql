{#- A moment as UTC without a zone, to the microsecond. expr: a timestamp; one without a zone is UTC,
    whatever the session's zone is: Snowflake would take it in that, and views are read in any session.
    DuckDB's session is the harness's own, and in UTC. -#}
{% macro utc_timestamp(expr) %}{{ return(adapter.dispatch('utc_timestamp')(expr)) }}{% endmacro %}

{% macro default__utc_timestamp(expr) %}cast(cast({{ expr }} as timestamptz) at time zone 'UTC' as timestamp){% endmacro %}

{% macro snowflake__utc_timestamp(expr) -%}
    iff(
        is_timestamp_ntz(to_variant({{ expr }})), {{ expr }}::timestamp_ntz(6),
        convert_timezone('UTC', {{ expr }})::timestamp_ntz(6)
    )
{%- endmacro %}

{#- Milliseconds since 1970 of a UTC timestamp, as bigint. expr: timestamp, to the millisecond. -#}
{% macro epoch_milliseconds(expr) %}{{ return(adapter.dispatch('epoch_milliseconds')(expr)) }}{% endmacro %}

{% macro default__epoch_milliseconds(expr) %}epoch_ms({{ expr }}){% endmacro %}

{% macro snowflake__epoch_milliseconds(expr) -%}
    datediff('millisecond', cast('1970-01-01' as timestamp_ntz), {{ expr }})
{%- endmacro %}

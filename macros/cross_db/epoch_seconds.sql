{#- Whole seconds since 1970 of a UTC timestamp, rounded down, as bigint. expr: timestamp. -#}
{% macro epoch_seconds(expr) %}{{ return(adapter.dispatch('epoch_seconds')(expr)) }}{% endmacro %}

{% macro default__epoch_seconds(expr) %}(epoch_ms({{ expr }}) // 1000){% endmacro %}

{% macro snowflake__epoch_seconds(expr) %}date_part(epoch_second, {{ expr }}){% endmacro %}

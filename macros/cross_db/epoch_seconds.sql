{#- Whole seconds since 1970 of a UTC timestamp, rounded down, as bigint. expr: timestamp. -#}
{% macro epoch_seconds(expr) %}{{ return(adapter.dispatch('epoch_seconds')(expr)) }}{% endmacro %}

{% macro default__epoch_seconds(expr) %}(epoch_ms({{ expr }}) // 1000){% endmacro %}

{#- date_part(epoch_second, …) would do, and is rounded where an emulator stands in -#}
{% macro snowflake__epoch_seconds(expr) -%}
    datediff('second', cast('1970-01-01' as timestamp_ntz), {{ expr }})
{%- endmacro %}

{#- UTC timestamp from an epoch text in seconds or in milliseconds; null where it is no number.
    expr: text of digits. Below 1e11 it is seconds: documented v4 samples hold seconds too. -#}
{% macro epoch_to_timestamp(expr) %}{{ return(adapter.dispatch('epoch_to_timestamp')(expr)) }}{% endmacro %}

{% macro default__epoch_to_timestamp(expr) -%}
    make_timestamp_ms(
        case
            when try_cast({{ expr }} as bigint) < 100000000000
                then try_cast({{ expr }} as bigint) * 1000
            else try_cast({{ expr }} as bigint)
        end
    )
{%- endmacro %}

{% macro snowflake__epoch_to_timestamp(expr) -%}
    to_timestamp_ntz(
        try_to_number({{ expr }}) * iff(try_to_number({{ expr }}) < 100000000000, 1000, 1), 3
    )
{%- endmacro %}

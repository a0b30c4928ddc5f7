{#- UTC timestamp from an epoch text in seconds or in milliseconds; null where it is no number, or
    longer than the 14 digits that landing takes: it is computed for rejected tuples as well.
    expr: text of digits. Below 1e11 it is seconds: documented v4 samples hold seconds too. -#}
{% macro epoch_to_timestamp(expr) %}{{ return(adapter.dispatch('epoch_to_timestamp')(expr)) }}{% endmacro %}

{% macro default__epoch_to_timestamp(expr) -%}
    make_timestamp_ms(
        case
            when length({{ expr }}) > 14 then null
            when try_cast({{ expr }} as bigint) < 100000000000
                then try_cast({{ expr }} as bigint) * 1000
            else try_cast({{ expr }} as bigint)
        end
    )
{%- endmacro %}

{% macro snowflake__epoch_to_timestamp(expr) -%}
    to_timestamp_ntz(
        iff(length({{ expr }}) > 14, null, try_to_number({{ expr }}))
        * iff(try_to_number({{ expr }}) < 100000000000, 1000, 1), 3
    )
{%- endmacro %}

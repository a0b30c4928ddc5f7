{#- UTC timestamp from ISO text with 0 to 9 fractional digits; null where it does not parse.
    expr: text. A text without a zone is UTC: Azure leaves the zone out in some exports. -#}
{% macro parse_timestamp(expr) %}{{ return(adapter.dispatch('parse_timestamp')(expr)) }}{% endmacro %}

{% macro default__parse_timestamp(expr) -%}
    cast(
        try_cast(
            case
                when regexp_matches({{ expr }}, '([zZ]|[+-][0-9]{2}:?[0-9]{2})$') then {{ expr }}
                else {{ expr }} || 'Z'
            end as timestamptz
        ) at time zone 'UTC' as timestamp
    )
{%- endmacro %}

{% macro snowflake__parse_timestamp(expr) -%}
    convert_timezone('UTC', try_to_timestamp_tz(
        iff(regexp_like({{ expr }}, '.*([zZ]|[+-][0-9]{2}:?[0-9]{2})'), {{ expr }}, {{ expr }} || 'Z')
    ))::timestamp_ntz
{%- endmacro %}

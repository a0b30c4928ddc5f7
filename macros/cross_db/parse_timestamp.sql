{#- UTC timestamp from the spellings that Azure, collectors and warehouses give times: ISO with 0 to 9
    fractional digits, "T" or a blank, with "Z", "UTC", an offset or no zone (which is UTC: some exports
    leave it out), the HTTP date of a header, US dates. Null where it does not parse.
    expr: text. Landing has the same text in batch.sql, to reject what would be null here. -#}
{% macro parse_timestamp(expr) %}{{ return(adapter.dispatch('parse_timestamp')(expr)) }}{% endmacro %}

{% macro default__parse_timestamp(expr) -%}
    {%- set bare = "regexp_replace(trim(" ~ expr ~ "), ' ?([zZ]|UTC|GMT)$', '')" -%}
    {%- set text = "regexp_replace(" ~ bare ~ ", ' ([+-][0-9]{2}:?[0-9]{2})$', '\\1')" -%}
    coalesce(
        cast(try_cast(case
            when regexp_matches({{ text }}, '^[12][0-9]{3}-.*:[0-9.]+[+-][0-9]{2}(:?[0-9]{2})?$') then {{ text }}
            when regexp_matches({{ text }}, '^[12][0-9]{3}-') then {{ text }} || 'Z'
        end as timestamptz) at time zone 'UTC' as timestamp),
        -- DuckDB parses "infinity" by any format
        case when {{ bare }} like '%:%' then try_strptime({{ bare }},
            ['%a, %d %b %Y %H:%M:%S', '%m/%d/%Y %I:%M:%S %p', '%m/%d/%Y %H:%M:%S']) end
    )
{%- endmacro %}

{% macro snowflake__parse_timestamp(expr) -%}
    {%- set bare = "regexp_replace(trim(" ~ expr ~ "), ' ?([zZ]|UTC|GMT)$', '')" -%}
    coalesce(
        convert_timezone('UTC', try_to_timestamp_tz({{ bare }} || case
            when regexp_like({{ bare }}, '.*:[0-9.]+ ?[+-][0-9]{2}(:?[0-9]{2})?') then '' else 'Z'
        end))::timestamp_ntz,
        case when {{ bare }} like '%:%' then coalesce(
            try_to_timestamp_ntz({{ bare }}, 'DY, DD MON YYYY HH24:MI:SS'),
            try_to_timestamp_ntz({{ bare }}, 'MM/DD/YYYY HH12:MI:SS AM'),
            try_to_timestamp_ntz({{ bare }}, 'MM/DD/YYYY HH24:MI:SS')
        ) end
    )
{%- endmacro %}

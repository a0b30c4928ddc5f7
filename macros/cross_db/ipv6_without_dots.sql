{#- An IPv6 address whose dotted tail (::ffff:10.0.0.4) is written as two hex groups; any other
    text as it is. expr: lower-case text. For DuckDB; Snowflake's parse_ip reads both. -#}
{% macro ipv6_without_dots(expr) -%}
    {%- set octet = "cast(split_part(regexp_extract(" ~ expr ~ ", '[0-9.]+$'), '.', {}) as integer)" -%}
    case
        when regexp_full_match({{ expr }}, '[0-9a-f:]*:(1?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])([.](1?[0-9]?[0-9]|2[0-4][0-9]|25[0-5])){3}')
            then regexp_replace({{ expr }}, '[0-9.]+$', '') || format(
                '{:x}:{:x}',
                {{ octet.format(1) }} * 256 + {{ octet.format(2) }},
                {{ octet.format(3) }} * 256 + {{ octet.format(4) }}
            )
        else {{ expr }}
    end
{%- endmacro %}

{#- An address as hex text of fixed length, 8 digits for IPv4 and 32 for IPv6, so that text order is
    address order; null where it is no address. expr: text, lower-cased, without a prefix length.
    Text functions alone: DuckDB's inet extension cannot be had offline, and of Snowflake's parse_ip the
    documentation leaves open in which case its digits come. -#}
{% macro ip_hex(expr) -%}
    case
        when {{ regexp_full_match(expr, '(' ~ octet_pattern() ~ '[.]){3}' ~ octet_pattern()) }} then {{ dotted_hex(expr) }}
        when {{ expr }} like '%:%' then {{ ipv6_hex(expr) }}
    end
{%- endmacro %}

{#- A number from 0 to 255 as dotted addresses have it: leading zeros would be octal to some. -#}
{% macro octet_pattern() %}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9]){% endmacro %}

{#- The 8 hex digits of four numbers with dots between. expr: text; between: stands after the first two.
    Each number is looked up in the digits of all, which names it once: the text of a query grows with
    every mention. -#}
{% macro dotted_hex(expr, between='') -%}
    {%- set digits -%}
        {%- for high in '0123456789abcdef' %}{% for low in '0123456789abcdef' %}{{ high ~ low }}{% endfor %}{% endfor -%}
    {%- endset -%}
    {%- for position in [1, 2, 3, 4] -%}
    substr('{{ digits }}', try_cast(split_part({{ expr }}, '.', {{ position }}) as integer) * 2 + 1, 2)
    {%- if position == 2 and between %} || '{{ between }}'{% endif %}
    {%- if not loop.last %} || {% endif %}
    {%- endfor -%}
{%- endmacro %}

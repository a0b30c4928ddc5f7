{#- An address as hex text of fixed length, 8 digits for IPv4 and 32 for IPv6, so that text order is
    address order; null where it is no address. expr: text, lower-cased, without a prefix length. -#}
{% macro ip_hex(expr) %}{{ return(adapter.dispatch('ip_hex')(expr)) }}{% endmacro %}

{% macro default__ip_hex(expr) -%}
    {%- set octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])' -%}
    case
        when regexp_full_match({{ expr }}, '({{ octet }}[.]){3}{{ octet }}')
            then lower(lpad(to_hex(
                cast(split_part({{ expr }}, '.', 1) as bigint) * 16777216
                + cast(split_part({{ expr }}, '.', 2) as bigint) * 65536
                + cast(split_part({{ expr }}, '.', 3) as bigint) * 256
                + cast(split_part({{ expr }}, '.', 4) as bigint)
            ), 8, '0'))
        when {{ expr }} like '%:%' then {{ ipv6_hex(expr) }}
    end
{%- endmacro %}

{% macro snowflake__ip_hex(expr) -%}
    coalesce(
        parse_ip({{ expr }}, 'INET', 1):hex_ipv4::varchar,
        parse_ip({{ expr }}, 'INET', 1):hex_ipv6::varchar
    )
{%- endmacro %}

{#- An address, or a prefix, in canonical text: lower case, IPv6 compressed as RFC 5952 has it.
    expr: text. A text that is no address stays as it is, lower-cased, to be judged later. -#}
{% macro canonical_ip(expr) -%}
    {%- set address = "split_part(lower(trim(" ~ expr ~ ")), '/', 1)" -%}
    {%- set prefix = "case when " ~ expr ~ " like '%/%' then '/' || split_part(trim(" ~ expr ~ "), '/', 2) else '' end" -%}
    case
        -- an IPv4 address in IPv6 clothes is that IPv4 address
        when lower(trim({{ expr }})) like '::ffff:%.%.%.%' then split_part(trim({{ expr }}), ':', 4)
        when {{ expr }} like '%:%'
            then coalesce({{ ipv6_text(ipv6_hex(address)) }}, {{ address }}) || {{ prefix }}
        else lower(trim({{ expr }}))
    end
{%- endmacro %}

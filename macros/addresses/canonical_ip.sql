{#- An address, or a prefix, in canonical text: lower case, IPv6 compressed as RFC 5952 has it.
    expr: text. A text that is no address stays as it is, lower-cased, to be judged later.
    Flows ask this of each of their ends: what most have is told first, by one look at the text. -#}
{% macro canonical_ip(expr) -%}
    {%- set text = "lower(trim(" ~ expr ~ "))" -%}
    {%- set address = regexp_replace_all(text, '(/[^/]*)+$', '') -%}
    {%- set prefix = "case when " ~ expr ~ " like '%/%' then '/' || split_part(trim(" ~ expr ~ "), '/', 2) else '' end" -%}
    case
        when {{ expr }} like '%:%' then
            case
                -- an IPv4 address in IPv6 clothes is that IPv4 address
                when {{ text }} like '::ffff:%.%.%.%' then split_part(trim({{ expr }}), ':', 4)
                when {{ is_compressed_ipv6(text) }} then {{ text }}
                else coalesce({{ ipv6_text(ipv6_hex(address)) }}, {{ address }}) || {{ prefix }}
            end
        when {{ expr }} like '% %' then {{ text }}
        else lower({{ expr }})
    end
{%- endmacro %}

{#- Whether an IPv6 address surely is in canonical text: "::" stands for two groups or more, and no other
    group is zero or begins with one. Most are so, and ipv6_text takes ten times as long. expr: lower-case text. -#}
{% macro is_compressed_ipv6(expr) -%}
    {%- set group = '[1-9a-f][0-9a-f]{0,3}' -%}
    {%- set groups = '(' ~ group ~ '(:' ~ group ~ ')*)?' -%}
    {{ regexp_full_match(expr, groups ~ '::' ~ groups) }}
    and length({{ expr }}) - length(replace({{ expr }}, ':', '')) <= 6
{%- endmacro %}

{#- An address, or a prefix, in canonical text: lower case, IPv6 compressed as RFC 5952 has it.
    expr: text. A text that is no address stays as it is, lower-cased, to be judged later.
    Flows ask this of each of their ends: what most have is told first, by one look at the text. -#}
{% macro canonical_ip(expr) -%}
    {%- set text = "lower(trim(" ~ expr ~ "))" -%}
    {%- set address = regexp_replace_all(text, '(/[^/]*)+$', '') -%}
    {%- set group = '[0-9a-f]{1,4}' -%}
    {%- set clothes = '(::|(0{1,4}:){5})ffff:' -%}
    {%- set prefix = "case when " ~ expr ~ " like '%/%' then '/' || split_part(trim(" ~ expr ~ "), '/', 2) else '' end" -%}
    case
        when {{ expr }} like '%:%' then
            case
                -- an IPv4 address in IPv6 clothes is that IPv4 address
                when {{ regexp_full_match(text, clothes ~ '([0-9]+[.]){3}[0-9]+') }}
                    then {{ regexp_extract_text(text, '[0-9.]+$') }}
                when {{ regexp_full_match(text, clothes ~ group ~ ':' ~ group) }}
                    then {{ dotted_groups(regexp_extract_text(text, group ~ ':' ~ group ~ '$')) }}
                when {{ is_compressed_ipv6(text) }} then {{ text }}
                else coalesce({{ ipv6_text(ipv6_hex(address)) }}, {{ address }}) || {{ prefix }}
            end
        when {{ expr }} like '% %' then {{ text }}
        else lower({{ expr }})
    end
{%- endmacro %}

{#- Two groups of an IPv6 address as an IPv4 address has them. expr: text such as a00:4, for 10.0.0.4. -#}
{% macro dotted_groups(expr) -%}
    {%- set digit = "position(substr(right('000' || split_part(" ~ expr ~ ", ':', %d), 4), %d, 1) in '0123456789abcdef') - 1" -%}
    {%- for group, first in [(1, 1), (1, 3), (2, 1), (2, 3)] -%}
    cast(({{ digit % (group, first) }}) * 16 + {{ digit % (group, first + 1) }} as varchar)
    {%- if not loop.last %} || '.' || {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- Whether an IPv6 address surely is in canonical text: "::" stands for two groups or more, and no other
    group is zero or begins with one. Most are so, and ipv6_text takes ten times as long. expr: lower-case text. -#}
{% macro is_compressed_ipv6(expr) -%}
    {%- set group = '[1-9a-f][0-9a-f]{0,3}' -%}
    {%- set groups = '(' ~ group ~ '(:' ~ group ~ ')*)?' -%}
    {{ regexp_full_match(expr, groups ~ '::' ~ groups) }}
    and length({{ expr }}) - length(replace({{ expr }}, ':', '')) <= 6
{%- endmacro %}

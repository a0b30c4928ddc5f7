{#- DuckDB's half of ip_hex (its inet extension cannot be had offline): 32 hex digits, or null
    where the text is no IPv6 address. expr: lower-case text. What stands before and after "::"
    is padded group by group, with as many zero groups between as are missing. -#}
{% macro ipv6_hex(expr) -%}
    {%- set plain = ipv6_without_dots(expr) -%}
    {%- set groups = "([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)" -%}
    {%- set head = ipv6_groups("split_part(" ~ plain ~ ", '::', 1)") -%}
    {%- set tail = ipv6_groups("split_part(" ~ plain ~ ", '::', 2)") -%}
    case
        when regexp_full_match({{ plain }}, '{{ groups }}') and length({{ head }}) = 32 then {{ head }}
        when regexp_full_match({{ plain }}, '{{ groups }}?::{{ groups }}?')
            and length({{ head }} || {{ tail }}) < 32
            then {{ head }} || repeat('0', 32 - length({{ head }} || {{ tail }})) || {{ tail }}
    end
{%- endmacro %}

{% macro ipv6_groups(expr) -%}
    coalesce(list_aggregate(list_transform(
        list_filter(string_split({{ expr }}, ':'), lambda part: part <> ''),
        lambda part: lpad(part, 4, '0')
    ), 'string_agg', ''), '')
{%- endmacro %}

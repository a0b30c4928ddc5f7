{#- A MAC as 12 upper-case hex digits; null where it is none, or all zeros. expr: text. -#}
{% macro canonical_mac(expr) -%}
    {%- set mac = "upper(replace(replace(replace(" ~ expr ~ ", '-', ''), ':', ''), '.', ''))" -%}
    case
        when {{ regexp_full_match(mac, '[0-9A-F]{12}') }} and {{ mac }} <> '000000000000' then {{ mac }}
    end
{%- endmacro %}

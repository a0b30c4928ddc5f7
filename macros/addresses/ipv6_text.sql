{#- Compressed IPv6 text (RFC 5952) from 32 hex digits; null stays null. hex: from ip_hex.
    The longest run of two or more zero groups becomes "::", the first of equal ones: read backwards, since
    a pattern that takes as much as it can finds the last. Each step reads the one before it once, so that
    the text of the query stays short; ":" at both ends makes all groups alike. -#}
{% macro ipv6_text(hex) -%}
    {%- set ns = namespace(text="':' || " ~ regexp_replace_all(hex, '(.{4})', '\\1:')) -%}
    {%- set ns.text = "reverse(" ~ regexp_replace_all(ns.text, ':0{1,3}', ':') ~ ")" -%}
    {%- for zeros in range(8, 1, -1) -%}
        {%- set run = '^((:[0-9a-f]+)*):(0:){' ~ zeros ~ '}(([0-9a-f]+:)*)$' -%}
        {%- set ns.text = regexp_replace_all(ns.text, run, '\\1::\\4') -%}
    {%- endfor -%}
    {%- set bare = regexp_replace_all("reverse(" ~ ns.text ~ ")", '^:([^:])', '\\1') -%}
    {{ regexp_replace_all(bare, '([^:]):$', '\\1') }}
{%- endmacro %}

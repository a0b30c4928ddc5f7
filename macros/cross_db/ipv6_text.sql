{#- Compressed IPv6 text (RFC 5952) from 32 hex digits; null stays null. hex: from ip_hex.
    The longest run of two or more zero groups becomes "::". Each step reads the one before it
    once, so that the text of the query stays short; ":" at both ends makes all groups alike. -#}
{% macro ipv6_text(hex) %}{{ return(adapter.dispatch('ipv6_text')(hex)) }}{% endmacro %}

{% macro default__ipv6_text(hex) -%}
    {%- set ns = namespace(text="':' || regexp_replace(" ~ hex ~ ", '(.{4})', '\\1:', 'g')") -%}
    {%- set ns.text = "regexp_replace(" ~ ns.text ~ ", ':0{1,3}', ':', 'g')" -%}
    {%- for zeros in range(8, 1, -1) -%}
        {%- set run = "'^((:[0-9a-f]+)*?):(0:){" ~ zeros ~ "}(([0-9a-f]+:)*)$'" -%}
        {%- set ns.text = "regexp_replace(" ~ ns.text ~ ", " ~ run ~ ", '\\1::\\4')" -%}
    {%- endfor -%}
    regexp_replace(regexp_replace({{ ns.text }}, '^:([^:])', '\1'), '([^:]):$', '\1')
{%- endmacro %}

{#- Snowflake has no lazy match: of two runs of the same length, the last is compressed -#}
{% macro snowflake__ipv6_text(hex) -%}
    {%- set ns = namespace(text="':' || regexp_replace(" ~ hex ~ ", '(.{4})', '\\\\1:')") -%}
    {%- set ns.text = "regexp_replace(" ~ ns.text ~ ", ':0{1,3}', ':')" -%}
    {%- for zeros in range(8, 1, -1) -%}
        {%- set run = "'^((:[0-9a-f]+)*):(0:){" ~ zeros ~ "}(([0-9a-f]+:)*)$'" -%}
        {%- set ns.text = "regexp_replace(" ~ ns.text ~ ", " ~ run ~ ", '\\\\1::\\\\4')" -%}
    {%- endfor -%}
    regexp_replace(regexp_replace({{ ns.text }}, '^:([^:])', '\\1'), '([^:]):$', '\\1')
{%- endmacro %}

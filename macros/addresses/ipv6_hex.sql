{#- An IPv6 address as 32 hex digits, or null where the text is none. expr: lower-case text.
    Every group gets its four digits; "::" stands for as many zeros as are missing. -#}
{% macro ipv6_hex(expr) -%}
    {%- set plain = ipv6_without_dots(expr) -%}
    {%- set group = "[0-9a-f]{1,4}" -%}
    {%- set groups = "(" ~ group ~ "(:" ~ group ~ ")*)?" -%}
    {%- set padded = regexp_replace_all(plain, '([0-9a-f]+)', '000\\1') -%}
    {%- set cut = regexp_replace_all(padded, '[0-9a-f]*([0-9a-f]{4})', '\\1') -%}
    {%- set digits = "replace(replace(" ~ cut ~ ", '::', 'x'), ':', '')" -%}
    case
        -- all digits, or "x" and those of seven groups at most
        when {{ regexp_full_match(plain, '((' ~ group ~ ':){7}' ~ group ~ '|' ~ groups ~ '::' ~ groups ~ ')') }}
            and length({{ digits }}) <= 32
            then replace({{ digits }}, 'x', repeat('0', 33 - length({{ digits }})))
    end
{%- endmacro %}

{#- An IPv6 address whose dotted tail (::ffff:10.0.0.4) is written as two hex groups; any other
    text as it is. expr: lower-case text. -#}
{% macro ipv6_without_dots(expr) -%}
    {%- set tail = '(' ~ octet_pattern() ~ '[.]){3}' ~ octet_pattern() -%}
    case
        when {{ regexp_full_match(expr, '[0-9a-f:]*:' ~ tail) }}
            then {{ regexp_replace_all(expr, '[0-9.]+$', '') }}
            || {{ dotted_hex(regexp_extract_text(expr, '[0-9.]+$'), between=':') }}
        else {{ expr }}
    end
{%- endmacro %}

{#- An IPv6 address as 32 hex digits, or null where the text is none. expr: lower-case text.
    What is an address gets a "=" in front, and every group its four digits; "::" stands for as many zeros as
    are missing: they are put at the end, as "y", and then where "x" stands for "::". Each step reads the one
    before it once, so that the text of a query stays short: to plan it takes longer than to run it. -#}
{% macro ipv6_hex(expr) -%}
    {%- set group = '[0-9a-f]{1,4}' -%}
    {#- eight groups, or seven at most around "::" -#}
    {%- set forms = ['(' ~ group ~ ':){7}' ~ group] -%}
    {%- for before in range(8) -%}
        {%- set left = '(' ~ group ~ ':){' ~ before ~ '}' if before else ':' -%}
        {%- set right = '(' ~ group ~ '(:' ~ group ~ '){0,' ~ (6 - before) ~ '})?' if before < 7 else '' -%}
        {%- do forms.append(left ~ ':' ~ right) -%}
    {%- endfor -%}
    {%- set plain = "replace(" ~ ipv6_without_dots(expr) ~ ", '=', '?')" -%}
    {%- set told = regexp_replace_all(plain, '^(' ~ forms | join('|') ~ ')$', '=\\1') -%}
    {%- set padded = regexp_replace_all(told, '([0-9a-f]+)', '000\\1') -%}
    {%- set cut = regexp_replace_all(padded, '[0-9a-f]*([0-9a-f]{4})', '\\1') -%}
    {%- set digits = "replace(replace(" ~ cut ~ ", '::', 'x'), ':', '')" -%}
    {%- set filled = "rpad(" ~ digits ~ ", 34, 'y')" -%}
    {%- set moved = regexp_replace_all(filled, '^=([0-9a-f]*)x([0-9a-f]*)(y*)$', '=\\1\\3\\2') -%}
    {%- set zeros = "replace(" ~ moved ~ ", 'y', '0')" -%}
    {%- set valid = regexp_replace_all(zeros, '^[^=]+$', '') -%}
    {#- without "::" there is one zero too many -#}
    nullif({{ regexp_replace_all(valid, '^=([0-9a-f]{32})0?$', '\\1') }}, '')
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

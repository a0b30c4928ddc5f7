{#- The first or last address of a prefix, as hex text like ip_hex.
    hex: of any address in it; bits: the prefix length (integer); bound: 'first' or 'last'.
    Whole hex digits are kept, one is cut at the remaining bits, the rest is filled up. -#}
{% macro prefix_bound(hex, bits, bound) -%}
    {%- set digit = "(position(substr(" ~ hex ~ ", cast(floor(" ~ bits ~ " / 4) as integer) + 1, 1) in '0123456789abcdef') - 1)" -%}
    {%- set block = "(case mod(" ~ bits ~ ", 4) when 1 then 8 when 2 then 4 when 3 then 2 end)" -%}
    {%- set cut = digit ~ " - mod(" ~ digit ~ ", " ~ block ~ ")" ~ (" + " ~ block ~ " - 1" if bound == 'last' else "") -%}
    {%- set kept = "left(" ~ hex ~ ", cast(floor(" ~ bits ~ " / 4) as integer))" -%}
    rpad(
        {{ kept }} || case
            when mod({{ bits }}, 4) = 0 then ''
            else substr('0123456789abcdef', cast({{ cut }} as integer) + 1, 1)
        end,
        cast(length({{ hex }}) as integer), '{{ 'f' if bound == 'last' else '0' }}'
    )
{%- endmacro %}

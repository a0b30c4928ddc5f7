{#- The values of a row as one text; two rows have the same one where no value differs, null from
    empty included. columns: list of expressions; of times, timestamp_text. -#}
{% macro text_of(columns) -%}
    {%- for column in columns -%}
    coalesce('=' || cast({{ column }} as varchar), '-') || '|'
    {%- if not loop.last %} || {% endif %}
    {%- endfor -%}
{%- endmacro %}

{#- The columns of a table of facts, from a CTE with fact, key_1, key_2, window_start, window_end and
    value_text. A fact is its whole row: another value is another fact. -#}
{% macro fact_columns() -%}
md5({{ text_of([
        'fact', 'key_1', 'key_2', timestamp_text('window_start'), timestamp_text('window_end'), 'value_text',
    ]) }}) as fact_key,
    fact,
    key_1,
    key_2,
    window_start,
    window_end,
    md5(value_text) as value_key
{%- endmacro %}

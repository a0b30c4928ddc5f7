{#- The value stated last, nulls left out; of several stated at one moment, always the same one.
    expr: text; at: timestamp. An aggregate. -#}
{% macro latest_stated(expr, at) -%}
    max_by({{ expr }}, {{ timestamp_text(at) }} || ' ' || {{ expr }})
{%- endmacro %}

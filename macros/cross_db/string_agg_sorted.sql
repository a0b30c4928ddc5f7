{#- The distinct texts of a group in one text, sorted; '' for none. expr: text; sep: separator. -#}
{% macro string_agg_sorted(expr, sep) %}{{ return(adapter.dispatch('string_agg_sorted')(expr, sep)) }}{% endmacro %}

{% macro default__string_agg_sorted(expr, sep) -%}
    coalesce(string_agg(distinct {{ expr }}, '{{ sep }}' order by {{ expr }}), '')
{%- endmacro %}

{% macro snowflake__string_agg_sorted(expr, sep) -%}
    coalesce(listagg(distinct {{ expr }}, '{{ sep }}') within group (order by {{ expr }}), '')
{%- endmacro %}

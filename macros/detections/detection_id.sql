{#- What names one detection: the same text whenever the same thing is found again.
    name: of the detection; parts: expressions that tell it from others of that name. -#}
{% macro detection_id(name, parts) -%}
    md5('{{ name }}'{% for part in parts %} || '|' || coalesce(cast({{ part }} as varchar), ''){% endfor %})
{%- endmacro %}

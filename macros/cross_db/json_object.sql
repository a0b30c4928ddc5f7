{#- A JSON object from columns; a null is a null in it. pairs: {key: expression}. Snowflake's other
    form, object_construct, leaves nulls out. -#}
{% macro json_object(pairs) %}{{ return(adapter.dispatch('json_object')(pairs)) }}{% endmacro %}

{% macro default__json_object(pairs) -%}
    json_object({% for key, value in pairs.items() %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro snowflake__json_object(pairs) -%}
    object_construct_keep_null({% for key, value in pairs.items() %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})::variant
{%- endmacro %}

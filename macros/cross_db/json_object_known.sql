{#- A JSON object from columns without those that are null, so that consumers who refuse a null take it.
    pairs: {key: expression}. Keys are put in order, as Snowflake keeps them: the text is one and the same.
    DuckDB's json_object keeps nulls; a merge patch (RFC 7396) is what takes them out. -#}
{% macro json_object_known(pairs) %}{{ return(adapter.dispatch('json_object_known')(pairs)) }}{% endmacro %}

{% macro default__json_object_known(pairs) -%}
    json_merge_patch('{}', json_object({% for key, value in pairs | dictsort(true) %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{% macro snowflake__json_object_known(pairs) -%}
    object_construct({% for key, value in pairs | dictsort(true) %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})::variant
{%- endmacro %}

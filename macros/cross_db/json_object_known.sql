{#- A JSON object from columns without those that are null, so that consumers who refuse a null take it.
    Keys are put in order, as Snowflake keeps them: the text is one and the same. DuckDB's json_object
    keeps nulls; a merge patch (RFC 7396) takes them out, at every depth, so that one is enough.
    pairs: {key: expression}; inside: whether it stands in another object of this macro. -#}
{% macro json_object_known(pairs, inside=false) -%}
    {{ return(adapter.dispatch('json_object_known')(pairs, inside)) }}
{%- endmacro %}

{% macro default__json_object_known(pairs, inside) -%}
    {{ "json_merge_patch('{}', " if not inside }}json_object({% for key, value in pairs | dictsort(true) %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}){{ ')' if not inside }}
{%- endmacro %}

{% macro snowflake__json_object_known(pairs, inside) -%}
    object_construct({% for key, value in pairs | dictsort(true) %}'{{ key }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %})::variant
{%- endmacro %}

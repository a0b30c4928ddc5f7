{#- Joins each element of a JSON array, as <alias>.value; no rows where it is no array.
    expr: JSON; alias: of the joined element. Follows a table in a from clause. -#}
{% macro json_each(expr, alias) %}{{ return(adapter.dispatch('json_each')(expr, alias)) }}{% endmacro %}

{% macro default__json_each(expr, alias) -%}
    , unnest(try_cast({{ expr }} as json [])) as {{ alias }} (value)
{%- endmacro %}

{#- flatten would also walk the values of an object, which is not an array of resources -#}
{% macro snowflake__json_each(expr, alias) -%}
    , lateral flatten(input => iff(is_array({{ expr }}), {{ expr }}, null)) as {{ alias }}
{%- endmacro %}

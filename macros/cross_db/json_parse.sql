{#- JSON from text; null where the text is torn or is no JSON. Also takes JSON, as it is.
    expr: text or JSON. Snowflake parses into VARIANT. -#}
{% macro json_parse(expr) %}{{ return(adapter.dispatch('json_parse')(expr)) }}{% endmacro %}

{% macro default__json_parse(expr) %}try_cast({{ expr }} as json){% endmacro %}

{% macro snowflake__json_parse(expr) %}try_parse_json({{ expr }}){% endmacro %}

{#- One field of a cut tuple as text; null where it is blank or not there.
    fields: from tuple_fields; position: from 1, as Azure's documentation counts. -#}
{% macro tuple_field(fields, position) %}{{ return(adapter.dispatch('tuple_field')(fields, position)) }}{% endmacro %}

{% macro default__tuple_field(fields, position) %}nullif({{ fields }}[{{ position }}], ''){% endmacro %}

{% macro snowflake__tuple_field(fields, position) %}nullif({{ fields }}[{{ position - 1 }}]::varchar, ''){% endmacro %}

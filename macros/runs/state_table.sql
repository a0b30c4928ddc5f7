{#- A table that outlives every rebuild; macros/runs/begin_run.sql makes it. name: as in the source
    `state`. For hooks and strategies, which stand outside the graph; models use source(). -#}
{% macro state_table(name) -%}
    {{ return(api.Relation.create(database=target.database, schema='state', identifier=name)) }}
{%- endmacro %}

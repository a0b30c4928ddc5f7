{#- Statements that stand or fall together, for an incremental strategy. dbt holds a transaction open
    around a strategy where the adapter has one. -#}
{% macro in_one_transaction(statements) %}{{ return(adapter.dispatch('in_one_transaction')(statements)) }}{% endmacro %}

{% macro default__in_one_transaction(statements) -%}
{{ statements }}
{%- endmacro %}

{% macro snowflake__in_one_transaction(statements) -%}
begin;
{{ statements }}
commit;
{%- endmacro %}

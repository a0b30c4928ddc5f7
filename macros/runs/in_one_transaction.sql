{#- dbt holds a transaction open around a strategy where the adapter has one. -#}
{% macro default__in_one_transaction(statements) -%}
{{ statements }}
{%- endmacro %}

{% macro snowflake__in_one_transaction(statements) -%}
begin;
{{ statements }}
commit;
{%- endmacro %}

{#- Statements that stand or fall together, for an incremental strategy. dbt holds a transaction open
    around a strategy where the adapter has one. dbt-snowflake has none, and does not roll back: a
    statement that failed would leave the transaction open, and the next CREATE of that session commit
    what was done of it. So Snowflake gets one statement, which rolls back by itself, also where dbt is
    gone by then. statements: with a semicolon each. -#}
{% macro in_one_transaction(statements) %}{{ return(adapter.dispatch('in_one_transaction')(statements)) }}{% endmacro %}

{% macro default__in_one_transaction(statements) -%}
{{ statements }}
{%- endmacro %}

{% macro snowflake__in_one_transaction(statements) -%}
    {%- if '$$' in statements -%}
        {{ exceptions.raise_compiler_error("Two dollar signs end a block: name no column and no table so.") }}
    {%- endif -%}
execute immediate $$
begin
    begin transaction;
{{ statements | trim }}
    commit;
exception
    when other then
        rollback;
        raise;
end;
$$;
{%- endmacro %}

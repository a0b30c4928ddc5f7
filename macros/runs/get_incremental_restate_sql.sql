{#- The incremental strategy of fct_flows: puts the flows that were resolved in place of what stood
    there for them, takes out what was withdrawn, and records each end whose answer is another one
    than before. One transaction: an answer and the record of its correction stand or fall together.
    Evidence that grew (`open` to `confirmed`) is no correction and is not recorded. -#}
{% macro get_incremental_restate_sql(arguments) -%}
    {{ return(adapter.dispatch('in_one_transaction')(restate_sql(
        arguments['target_relation'], arguments['temp_relation'], arguments['dest_columns']
    ))) }}
{%- endmacro %}

{% macro restate_sql(target_relation, temp_relation, dest_columns) -%}
{%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}
{{ restatements_sql(target_relation, temp_relation) }}
delete from {{ target_relation }}
where flow_id in (select flow_id from {{ temp_relation }})
    or flow_id in (
        select tuples.flow_id
        from {{ ref('int_flow_tuples') }} as tuples
        cross join {{ ref('int_run') }} as run
        where tuples.is_withdrawn and tuples.run_no > run.completed_run_no
    );

insert into {{ target_relation }} ({{ columns }})
select {{ columns }} from {{ temp_relation }};
{%- endmacro %}

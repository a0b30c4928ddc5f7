{#- The incremental strategy of fct_flows: puts the flows that were resolved in place of what stood
    there for them, takes out what was withdrawn, and records each end whose answer is another one
    than before. One transaction: an answer and the record of its correction stand or fall together.
    Evidence that grew (`open` to `confirmed`) is no correction and is not recorded.
    A flow's event_at is always the same; naming it lets the warehouse skip what is older. -#}
{% macro get_incremental_restate_sql(arguments) -%}
    {{ return(in_one_transaction(restate_sql(
        arguments['target_relation'], arguments['temp_relation'], arguments['dest_columns']
    ))) }}
{%- endmacro %}

{% macro restate_sql(target_relation, temp_relation, dest_columns) -%}
{%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}
{{ restatements_sql(target_relation, temp_relation) }}
delete from {{ target_relation }}
where (event_at, flow_id) in (
    select event_at, flow_id from {{ temp_relation }}
    union all
    -- to the millisecond, as the mart has it
    select {{ dbt.date_trunc('millisecond', 'tuples.event_at') }}, tuples.flow_id
    from {{ ref('int_flow_tuples') }} as tuples
    cross join {{ ref('int_run') }} as run
    where tuples.is_withdrawn and tuples.run_no > run.completed_run_no
);

insert into {{ target_relation }} ({{ columns }})
select {{ columns }} from {{ temp_relation }};
{%- endmacro %}

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

{#- Records each end whose answer is another one than before. before, after: relations with the columns
    of fct_flows that name a flow and answer its ends. -#}
{% macro restatements_sql(before, after) -%}
{%- for end, name in [('src', 'source'), ('dst', 'destination')] %}
insert into {{ state_table('restatements') }}
select
    run.run_no,
    run.started_at,
    before.flow_id,
    before.event_at,
    '{{ name }}',
    {%- for version in ['before', 'after'] %}
    {%- for column in answer_columns() %}
    {{ version }}.{{ end }}_{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
    {{- ',' if not loop.last }}
    {%- endfor %}
from {{ before }} as before
inner join {{ after }} as after
    on before.flow_id = after.flow_id and before.event_at = after.event_at
cross join {{ ref('int_run') }} as run
where
    {%- for column in ['nic_id', 'vm_id', 'vm_uuid', 'unmatched_reason'] %}
    coalesce(before.{{ end }}_{{ column }}, '') <> coalesce(after.{{ end }}_{{ column }}, '')
    {%- if not loop.last %} or{% endif %}
    {%- endfor %};
{% endfor %}
{%- endmacro %}

{#- A full refresh makes fct_flows anew, past its strategy: these two hooks record what it corrects. -#}
{% macro keep_answers() -%}
    {%- if flags.FULL_REFRESH and load_relation(this) is not none %}
    {%- set columns = answered_flow_columns() | join(', ') -%}
delete from {{ state_table('answers_before') }};

insert into {{ state_table('answers_before') }} ({{ columns }})
select {{ columns }} from {{ this }};
    {%- endif %}
{%- endmacro %}

{% macro record_refresh() -%}
    {%- if flags.FULL_REFRESH %}
{{ restatements_sql(state_table('answers_before'), this) }}

delete from {{ state_table('answers_before') }};
    {%- endif %}
{%- endmacro %}

{#- The incremental strategy of hourly tables: the hours in which a flow was resolved or withdrawn
    are counted again, whole. -#}
{% macro get_incremental_replace_hours_sql(arguments) -%}
    {%- set columns = arguments['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set replace -%}
delete from {{ arguments['target_relation'] }}
where hour in (select hour from {{ ref('int_touched_hours') }});

insert into {{ arguments['target_relation'] }} ({{ columns }})
select {{ columns }} from {{ arguments['temp_relation'] }};
    {%- endset -%}
    {{ return(adapter.dispatch('in_one_transaction')(replace)) }}
{%- endmacro %}

{#- dbt holds a transaction open around a strategy where the adapter has one. -#}
{% macro default__in_one_transaction(statements) -%}
{{ statements }}
{%- endmacro %}

{% macro snowflake__in_one_transaction(statements) -%}
begin;
{{ statements }}
commit;
{%- endmacro %}

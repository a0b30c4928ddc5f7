{#- On-run-start: makes what outlives every rebuild, and opens the run.
    A run's number and time only ever grow, whatever the clock does: what changed since a run is
    found by comparing them. A full refresh is a run for which nothing was done before. Tests alone
    are no run: they change nothing. -#}
{% macro begin_run() -%}
{{ check_variables() }}
create schema if not exists {{ state_table('runs').without_identifier() }};

create table if not exists {{ state_table('runs') }} (
    run_no bigint,
    started_at {{ type_ts() }},
    completed_at {{ type_ts() }},
    is_full_refresh boolean
);

create table if not exists {{ state_table('restatements') }} (
    run_no bigint,
    restated_at {{ type_ts() }},
    flow_id varchar,
    event_at {{ type_ts() }},
    flow_end varchar,
    {%- for version in ['old', 'new'] %}
    {%- for column in answer_columns() %}
    {{ version }}_{{ column }} {{ answer_type(column) }}
    {{- ',' if not loop.last }}
    {%- endfor %}
    {{- ',' if not loop.last }}
    {%- endfor %}
);

create table if not exists {{ state_table('answers_before') }} (
    {%- for column in answered_flow_columns() %}
    {{ column }} {{ type_ts() if column == 'event_at' else answer_type(column) }}
    {{- ',' if not loop.last }}
    {%- endfor %}
);

create table if not exists {{ state_table('retained_sightings') }} (
    capture_mac varchar,
    target_id varchar,
    flow_log_id varchar,
    address varchar,
    hour {{ type_ts() }},
    first_seen_at {{ type_ts() }},
    last_seen_at {{ type_ts() }}
);

{%- set changing = [] %}
{%- for resource in selected_resources if not resource.startswith(('test.', 'unit_test.')) %}
    {%- do changing.append(resource) %}
{%- endfor %}
{%- if changing %}

insert into {{ state_table('runs') }} (run_no, started_at, is_full_refresh)
select
    coalesce(max(run_no), 0) + 1,
    case
        when max(started_at) >= {{ run_time() }} then max(started_at) + interval '1 millisecond'
        else {{ run_time() }}
    end,
    {{ 'true' if flags.FULL_REFRESH else 'false' }}
from {{ state_table('runs') }};
{%- endif %}
{%- endmacro %}

{#- When dbt started, in UTC, by its own clock. -#}
{% macro run_time() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as {{ type_ts() }})
{%- endmacro %}

{#- What an end of a flow is answered with: the columns of fct_flows without src_ and dst_. -#}
{% macro answer_columns() -%}
    {{ return([
        'nic_id', 'vm_id', 'vm_uuid', 'vm_name', 'match_method', 'evidence', 'unmatched_reason',
        'candidates',
    ]) }}
{%- endmacro %}

{% macro answer_type(column) -%}
    {{ 'integer' if column.endswith('candidates') else 'varchar' }}
{%- endmacro %}

{#- The columns of fct_flows that name a flow and answer its ends. -#}
{% macro answered_flow_columns() -%}
    {%- set columns = ['flow_id', 'event_at'] -%}
    {%- for end in ['src', 'dst'] -%}
        {%- for column in answer_columns() -%}
            {%- do columns.append(end ~ '_' ~ column) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

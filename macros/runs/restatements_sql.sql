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

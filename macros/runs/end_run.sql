{#- On-run-end: closes the run where every model and snapshot that takes up changes has done so, and all
    that they read was made in this run. One that was skipped, failed or not selected leaves the run open:
    the next one does its work again, which changes nothing where it was done. Failed tests of the last
    models keep no run open.
    A run that resolved flows without all that their answers come from (`dbt run`, which leaves out the
    snapshots, or a selection) used what nothing remembers or an earlier run left: as after a full refresh
    that was broken off, everything is to be made anew. -#}
{% macro end_run(results) -%}
    {%- if execute %}
    {%- set done = results
        | selectattr('status', 'equalto', 'success')
        | map(attribute='node.unique_id') | list %}
    {%- set taking_up, flows = [], [] %}
    {%- for name, node in graph.nodes.items() if 'takes_up_changes' in node.tags %}
        {%- do taking_up.append(name) %}
        {%- do flows.append(name) if node.name == 'fct_flows' %}
    {%- endfor %}
    {%- if not made_from(taking_up) | reject('in', done) | list %}
update {{ state_table('runs') }}
set completed_at = cast({{ dbt.current_timestamp() }} as {{ type_ts() }})
where run_no = (select max(run_no) from {{ state_table('runs') }})
    {%- elif flows[0] in done and made_from(flows) | reject('in', done) | list %}
update {{ state_table('runs') }}
set is_full_refresh = true
where run_no = (select max(run_no) from {{ state_table('runs') }})
    {%- endif %}
    {%- endif %}
{%- endmacro %}

{#- Nodes and all models and snapshots that they are made from, but views, which are never stale.
    names: list of unique ids. Gives a list of those. -#}
{% macro made_from(names) -%}
    {%- set all, stored = names | list, [] %}
    {#- a loop over a list goes on with what is appended to it -#}
    {%- for name in all %}
        {%- set node = graph.nodes[name] %}
        {%- do stored.append(name) if node.config.materialized != 'view' %}
        {%- for read in node.depends_on.nodes
            if read in graph.nodes and read not in all
            and graph.nodes[read].resource_type in ['model', 'snapshot'] %}
            {%- do all.append(read) %}
        {%- endfor %}
    {%- endfor %}
    {{ return(stored) }}
{%- endmacro %}

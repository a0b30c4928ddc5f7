{#- On-run-end: closes the run where every model and snapshot that takes up changes has done so. One
    that was skipped, failed or not selected leaves the run open: the next one does its work again,
    which changes nothing where it was done. Failed tests of the last models keep no run open.
    A run that resolved flows without the snapshots (`dbt run`) used facts that nothing remembers: as
    after a full refresh that was broken off, everything is to be made anew. -#}
{% macro end_run(results) -%}
    {%- if execute %}
    {%- set done = results
        | selectattr('status', 'equalto', 'success')
        | map(attribute='node.unique_id') | list %}
    {%- set missing, resolved, unremembered = [], [], [] %}
    {%- for node in graph.nodes.values()
        if 'takes_up_changes' in node.tags and node.unique_id not in done %}
        {%- do missing.append(node.unique_id) %}
        {%- do unremembered.append(node) if node.resource_type == 'snapshot' %}
    {%- endfor %}
    {%- for name in done if name.endswith('.fct_flows') %}
        {%- do resolved.append(name) %}
    {%- endfor %}
    {%- if not missing %}
update {{ state_table('runs') }}
set completed_at = cast({{ dbt.current_timestamp() }} as {{ type_ts() }})
where run_no = (select max(run_no) from {{ state_table('runs') }})
    {%- elif resolved and unremembered %}
update {{ state_table('runs') }}
set is_full_refresh = true
where run_no = (select max(run_no) from {{ state_table('runs') }})
    {%- endif %}
    {%- endif %}
{%- endmacro %}

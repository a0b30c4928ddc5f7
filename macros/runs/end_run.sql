{#- On-run-end: closes the run where every model that takes up changes has done so. One that was
    skipped, or failed, leaves the run open: the next one does its work again, which changes
    nothing where it was done. Failed tests of the last models do not keep a run open. -#}
{% macro end_run(results) -%}
    {%- if execute %}
    {%- set done = results
        | selectattr('status', 'in', ['success'])
        | map(attribute='node.unique_id') | list %}
    {%- set needed = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('config.tags', 'defined') | list %}
    {%- set missing = [] %}
    {%- for node in needed if 'takes_up_changes' in node.tags and node.unique_id not in done %}
        {%- do missing.append(node.unique_id) %}
    {%- endfor %}
    {%- if not missing %}
update {{ state_table('runs') }}
set completed_at = cast({{ dbt.current_timestamp() }} as {{ type_ts() }})
where run_no = (select max(run_no) from {{ state_table('runs') }})
    {%- endif %}
    {%- endif %}
{%- endmacro %}

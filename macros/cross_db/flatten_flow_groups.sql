{#- The groups of tuples in flow-log records, as a relation in parentheses: the columns of the records,
    flow and flow_group, and flow_index and group_index (from 1, in the whole record).
    records: a CTE with the offsets that say where in its record a part stands;
    flows: its nested column; groups: the field of a flow that holds its groups.
    DuckDB unnests in select lists: its lateral joins were 30 times as slow on such nesting. -#}
{% macro flatten_flow_groups(records, flows, groups) %}
    {{- return(adapter.dispatch('flatten_flow_groups')(records, flows, groups)) -}}
{% endmacro %}

{% macro default__flatten_flow_groups(records, flows, groups) -%}
    (
        select
            *,
            unnest(flow."{{ groups }}") as flow_group,
            generate_subscripts(flow."{{ groups }}", 1) + group_offset as group_index
        from (
            select
                *,
                unnest({{ flows }}) as flow,
                generate_subscripts({{ flows }}, 1) + flow_offset as flow_index
            from {{ records }}
        )
    )
{%- endmacro %}

{% macro snowflake__flatten_flow_groups(records, flows, groups) -%}
    (
        select
            {{ records }}.*,
            f.value as flow, f.index + 1 + flow_offset as flow_index,
            g.value as flow_group, g.index + 1 + group_offset as group_index
        from {{ records }},
            lateral flatten(input => {{ flows }}) as f,
            lateral flatten(input => f.value:"{{ groups }}") as g
    )
{%- endmacro %}

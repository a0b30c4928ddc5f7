{#- The tuples of flow-log records, as a relation in parentheses: the columns of the records, and
    flow_index, group_index, tuple_index (from 1), flow (without its groups), flow_group, flow_tuple.
    records: a CTE with the offsets that say where in its record a part stands;
    flows: its nested column; groups: the field of a flow that holds its groups.
    DuckDB unnests in select lists: its lateral joins were 30 times as slow on such nesting. -#}
{% macro flatten_flow_tuples(records, flows, groups) %}
    {{- return(adapter.dispatch('flatten_flow_tuples')(records, flows, groups)) -}}
{% endmacro %}

{% macro default__flatten_flow_tuples(records, flows, groups) -%}
    (
        select
            *,
            unnest(flow_group."flowTuples") as flow_tuple,
            generate_subscripts(flow_group."flowTuples", 1) + tuple_offset as tuple_index
        from (
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
    )
{%- endmacro %}

{% macro snowflake__flatten_flow_tuples(records, flows, groups) -%}
    (
        select
            {{ records }}.*,
            f.value as flow, f.index + 1 + flow_offset as flow_index,
            g.value as flow_group, g.index + 1 + group_offset as group_index,
            t.value::varchar as flow_tuple, t.index + 1 + tuple_offset as tuple_index
        from {{ records }},
            lateral flatten(input => {{ flows }}) as f,
            lateral flatten(input => f.value:"{{ groups }}") as g,
            lateral flatten(input => g.value:"flowTuples") as t
    )
{%- endmacro %}

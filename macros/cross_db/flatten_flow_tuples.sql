{#- The tuples of groups, as a relation in parentheses: the columns of the groups, flow_tuple and
    tuple_index (from 1, in the whole record).
    groups: a CTE over flatten_flow_groups. DuckDB works out after the unnesting what stands beside an
    unnest: what the tuples of a group share is a column of the groups. -#}
{% macro flatten_flow_tuples(groups) %}
    {{- return(adapter.dispatch('flatten_flow_tuples')(groups)) -}}
{% endmacro %}

{% macro default__flatten_flow_tuples(groups) -%}
    (
        select
            *,
            unnest(flow_group."flowTuples") as flow_tuple,
            generate_subscripts(flow_group."flowTuples", 1) + tuple_offset as tuple_index
        from {{ groups }}
    )
{%- endmacro %}

{% macro snowflake__flatten_flow_tuples(groups) -%}
    (
        select
            {{ groups }}.*,
            t.value::varchar as flow_tuple, t.index + 1 + tuple_offset as tuple_index
        from {{ groups }}, lateral flatten(input => flow_group:"flowTuples") as t
    )
{%- endmacro %}

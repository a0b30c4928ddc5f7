{#- The identity of a flow: its record and its place in it, since identical tuples in one record are that
    many flows. group: a column with group_key, worked out once for all tuples of a group, or group_key(). -#}
{% macro flow_id(group='group_key') -%}
    {{ group }} || cast(tuple_index as varchar)
{%- endmacro %}

{% macro group_key() -%}
    record_key || ':' || cast(flow_index as varchar) || '.' || cast(group_index as varchar) || '.'
{%- endmacro %}

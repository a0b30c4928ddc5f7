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
    {{ return(in_one_transaction(replace)) }}
{%- endmacro %}

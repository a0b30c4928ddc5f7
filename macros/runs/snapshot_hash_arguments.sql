{#- The key of a row of a snapshot, from the columns of the snapshot's key and the time of the run: dbt's
    own, but for times, which dbt leaves to the session to put into text. Where that gives the day alone,
    two versions of one day would be one. args: expressions; a select is the time of the run. -#}
{% macro default__snapshot_hash_arguments(args) -%}
    md5(
        {%- for arg in args -%}
            {%- set is_time = arg.endswith(('_at', '_start')) or arg.startswith('(select') -%}
            coalesce({{ timestamp_text(arg) if is_time else 'cast(' ~ arg ~ ' as varchar)' }}, '')
            {%- if not loop.last %} || '|' || {% endif %}
        {%- endfor -%}
    )
{%- endmacro %}

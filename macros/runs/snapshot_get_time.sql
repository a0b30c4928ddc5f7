{#- The moment from which a snapshot believes what it sees: the same for all snapshots of a run, and
    later than those of every run before, which dbt's own (the wall clock) is not. -#}
{% macro default__snapshot_get_time() -%}
    (select max(runs.started_at) from {{ state_table('runs') }} as runs)
{%- endmacro %}

{#- Stops a run whose variables dbt would take without a word: a name that nothing reads, or a value that is
    none. Called by begin_run, before any model; which product <table>_from may name, raw_relation says. -#}
{% macro check_variables() -%}
    {#- what a value must be, and a pattern that all of its text matches -#}
    {%- set share = ('a number from 0 to 1', '0|1|1[.]0+|0?[.][0-9]+') -%}
    {%- set boolean = ('true or false', 'True|False') -%}
    {%- set name = ('a name of letters, digits and underscores', '[A-Za-z_][A-Za-z0-9_]*') -%}
    {%- set place = ('empty or ' ~ name[0], '|' ~ name[1]) -%}
    {%- set moment = (
        'empty or a time such as 2026-03-01 10:00:00, in UTC',
        '|[12][0-9]{3}-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?(Z|[+]00:00)?',
    ) -%}
    {%- set kinds = {
        'match_rate_threshold': share,
        'disagreement_threshold': share,
        'clock_tolerance_seconds': ('a whole number of seconds, 0 or more', '[0-9]{1,6}'),
        'use_sightings': boolean,
        'gate_hours': ('a whole number of hours, 1 or more', '[1-9][0-9]{0,5}'),
        'check_all_hours': boolean,
        'detections_as': ('view or table', 'view|table'),
        'answers_in_slice': ('a whole number, 1 or more', '[1-9][0-9]{0,8}'),
        'rebuild_from': moment,
        'rebuild_until': moment,
        'network_interfaces_from': name,
        'virtual_machines_from': name,
        'virtual_networks_from': name,
        'operation_logs_from': name,
        'snowalert_database': place,
        'snowalert_schema': name,
        'snowalert_collect': name,
        'snowalert_operation_logs': name,
        'cloudquery_database': place,
        'cloudquery_schema': name,
        'steampipe_database': place,
        'steampipe_schema': name,
        'steampipe_time_column': name,
    } -%}
    {%- for given in invocation_args_dict.get('vars') or {} if given not in kinds -%}
        {{ exceptions.raise_compiler_error(
            "There is no variable " ~ given ~ ": name one of " ~ kinds | sort | join(', ') ~ "."
        ) }}
    {%- endfor -%}
    {%- for variable, kind in kinds.items() -%}
        {#- "false" in quotes would count as true -#}
        {%- if not modules.re.fullmatch(kind[1], var(variable) | string)
            or (kind == boolean and var(variable) is string) -%}
            {{ exceptions.raise_compiler_error(
                "The variable " ~ variable ~ " is '" ~ var(variable) ~ "', and must be " ~ kind[0] ~ "."
            ) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if (var('rebuild_from') | string == '') != (var('rebuild_until') | string == '') -%}
        {{ exceptions.raise_compiler_error("Set rebuild_from and rebuild_until together, or neither.") }}
    {%- endif -%}
{%- endmacro %}

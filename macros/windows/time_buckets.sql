{#- Buckets of time turn "which window was at this moment?" into an equality, a hash join on every
    warehouse: each window is repeated for the buckets that it touches, and a moment finds those of
    its own bucket. How wide they are follows from how many windows a key has, so that one with
    thousands costs a flow no more than one with a few. -#}

{#- How wide the buckets of a key are, in whole seconds: about four of its windows fall into one. An
    aggregate over the windows of a key. starts_at, ends_at: timestamps, their bounds. -#}
{% macro bucket_seconds(starts_at, ends_at) -%}
    cast({{ greatest_known() }}(
        60,
        floor(
            (max({{ epoch_seconds(ends_at) }}) - min({{ epoch_seconds(starts_at) }}))
            * 4 / count(*)
        )
    ) as bigint)
{%- endmacro %}

{#- The number of the bucket that a moment lies in, counted from 1970. second: whole seconds since
    then; bucket_seconds: how wide it is. -#}
{% macro bucket_of(second, bucket_seconds) -%}
    cast(floor({{ second }} / {{ bucket_seconds }}) as bigint)
{%- endmacro %}

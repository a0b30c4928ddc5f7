{#- The number of the bucket of time that a moment lies in, counted from 1970.
    second: whole seconds since 1970; minutes: how long a bucket is. -#}
{% macro bucket_no(second, minutes) -%}
    {{ bucket_of(second, '(' ~ minutes ~ ' * 60)') }}
{%- endmacro %}

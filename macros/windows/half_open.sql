{#- The one place that knows what a window is: half-open [window_start, window_end), in UTC.
    Inside the intermediate models a window that is open to one side ends at a far date rather than
    at null, so that comparisons need no second case; marts turn the far end back into null. -#}

{#- Before any log: where a window starts whose start nobody saw. -#}
{% macro beginning_of_time() %}cast('1970-01-01 00:00:00' as {{ type_ts() }}){% endmacro %}

{#- Where a window ends that has not ended. -#}
{% macro open_end() %}cast('9999-12-31 00:00:00' as {{ type_ts() }}){% endmacro %}

{#- Whether a moment lies in a window. at: timestamp; w: alias of a relation with the two bounds. -#}
{% macro in_window(at, w) -%}
    {{ at }} >= {{ w }}.window_start and {{ at }} < {{ w }}.window_end
{%- endmacro %}

{#- Whether a moment lies in a window or on its end: for spans in which something may have changed,
    since some bounds of evidence belong to what is before them. at: timestamp; w: alias. -#}
{% macro in_span(at, w) -%}
    {{ at }} >= {{ w }}.window_start and {{ at }} <= {{ w }}.window_end
{%- endmacro %}

{#- Whether two windows share a moment. a, b: aliases. -#}
{% macro windows_overlap(a, b) -%}
    {{ a }}.window_start < {{ b }}.window_end and {{ b }}.window_start < {{ a }}.window_end
{%- endmacro %}

{#- How far the clocks of operation logs, collectors and flow logs may be apart: an interval. -#}
{% macro clock_tolerance() %}interval '{{ var('clock_tolerance_seconds') | int }} seconds'{% endmacro %}

{#- How sure a window's holder is at a moment in it. at: timestamp; w: alias.
    confirmed_from: first evidence of the holder. confirmed_until: the last, or the exact end.
    extended_after: the last evidence where the end is inexact, else the far end. -#}
{% macro evidence_at(at, w) -%}
    case
        when {{ w }}.confirmed_from is null then null
        when {{ at }} < {{ w }}.confirmed_from or {{ at }} > {{ w }}.extended_after then 'extended'
        when {{ at }} <= {{ w }}.confirmed_until then 'confirmed'
        else 'open'
    end
{%- endmacro %}

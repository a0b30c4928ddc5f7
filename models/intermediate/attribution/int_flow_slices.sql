{%- set most = var('answers_in_slice') | int -%}
{#- slices are small while they are few: to resolve one reads all answers -#}
{%- set few = 8 -%}
{%- set least = [most // few, 1] | max -%}

-- Where the flow time of this run is cut, so that about so many answers begin in each slice.
with

span as (
    select * from {{ ref('int_touched_span') }}
),

answers as (
    select cast({{ dbt.date_trunc('minute', 'spanned_start') }} as {{ type_ts() }}) as starts_at
    from {{ ref('int_spanned_answers') }}
),

starts as (
    select
        starts_at,
        count(*) as answers
    from answers
    group by starts_at
),

counted as (
    select
        starts_at,
        floor(
            sum(answers) over (order by starts_at)
            / {{ least_known() }}(
                {{ most }}, {{ greatest_known() }}({{ least }}, sum(answers) over () / {{ few }})
            )
        ) as slice_no
    from starts
),

firsts as (
    select
        slice_no,
        min(starts_at) as slice_start
    from counted
    where slice_no > 0
    group by slice_no
),

cuts as (
    -- flows may be earlier than any answer
    select span_start as slice_start from span
    where span_start is not null
    union distinct
    select slice_start from firsts
),

slices as (
    select
        cuts.slice_start,
        coalesce(lead(cuts.slice_start) over (order by cuts.slice_start), span.span_end)
            as slice_end
    from cuts
    cross join span
),

-- flows without a time have a slice of their own, where there are any
timeless as (
    select distinct
        {{ beginning_of_time() }} as slice_start,
        {{ beginning_of_time() }} as slice_end
    from {{ ref('int_flow_tuples') }}
    where event_at is null
)

select * from slices
union all
select * from timeless

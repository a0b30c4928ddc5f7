-- Over which stretches of flow time the facts about ends are others than at the last completed run.
with

-- an address that no flow of an earlier run asked for has nothing to change
asked_before as (
    select distinct
        history.key_1,
        history.key_2
    from {{ ref('answer_fact_history') }} as history
    cross join {{ ref('int_run') }} as run
    where history.fact = 'answer' and history.dbt_valid_from <= run.completed_run_at
),

history as (
    select history.*
    from {{ ref('answer_fact_history') }} as history
    left join asked_before
        on history.key_1 = asked_before.key_1 and history.key_2 = asked_before.key_2
    where history.fact <> 'answer' or asked_before.key_1 is not null
),

moved as (
    {{ moved_facts('history') }}
),

changed as (
    {{ changed_facts('moved') }}
)

select * from changed

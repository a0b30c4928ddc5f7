-- Over which stretches of flow time the facts about captures are others than at the last completed
-- run.
with

history as (
    select * from {{ ref('capture_fact_history') }}
),

moved as (
    {{ moved_facts('history') }}
),

changed as (
    {{ changed_facts('moved') }}
)

select * from changed

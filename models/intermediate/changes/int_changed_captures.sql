-- Over which stretches of flow time the facts about captures are others than at the last completed
-- run.
with

history as (
    select * from {{ ref('capture_fact_history') }}
),

changed as (
    {{ changed_facts('history') }}
)

select * from changed

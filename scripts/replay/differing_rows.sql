-- The rows that stand more often on one side than on the other, as `except all` both ways would
-- give them, but in one pass: `_surplus` is how often more in the replay, negative: in the rebuild.
create or replace temp table differing_rows as
with

both_sides as (
    {replayed}
    union all by name
    {rebuilt}
)

select
    {columns},
    cast(sum(_side) as bigint) as _surplus
from both_sides
group by all
having sum(_side) <> 0

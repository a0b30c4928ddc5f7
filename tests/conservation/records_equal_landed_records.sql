-- What: a landed flow-log record was not taken up, or one is still there that no file gives.
-- When it matters: always; every flow of such a record is missing, or is none.
-- How to resolve: build with --full-refresh, which takes up every landed record anew.
with

landed as (
    select distinct record_key from {{ source('raw', 'flow_logs') }}
),

taken_up as (
    select record_key from {{ ref('int_record_counts') }}
    where not is_withdrawn
)

select
    landed.record_key as landed_record,
    taken_up.record_key as taken_up_record
from landed
full outer join taken_up on landed.record_key = taken_up.record_key
where landed.record_key is null or taken_up.record_key is null

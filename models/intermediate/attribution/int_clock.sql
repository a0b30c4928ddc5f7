-- "Now": the newest landing. One row, so that unit tests and replays can say what time it is.
select max(loaded_at) as now_at
from (
    select max(loaded_at) as loaded_at from {{ source('raw', 'flow_logs') }}
    union all
    select max(loaded_at) from {{ source('raw', 'landed_files') }}
) as landings

-- "Now": the newest landing of a flow. One row, so that unit tests and replays can say what time it is.
select max(loaded_at) as now_at from {{ source('raw', 'flow_logs') }}

-- "Now": the newest landing of a flow. One row, so that tests and replays can say what time it is.
select max(loaded_at) as now_at from {{ source('raw', 'flow_logs') }}

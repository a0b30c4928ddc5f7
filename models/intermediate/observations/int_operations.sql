-- Operation-log events with the fate of their operation, so that failed ones state nothing.
with

events as (
    select
        *,
        -- without a correlation id an event is an operation of its own
        coalesce(correlation_id, file_path || ':' || cast(file_row as varchar)) as operation_id
    from {{ ref('stg_operation_logs__events') }}
    where event_at is not null
),

-- the first terminal event at or after this one, in the same operation on the same resource
with_outcome as (
    select
        *,
        min(case when status = 'success' then event_at end) over (
            partition by operation_id, operation_name, resource_id order by event_at
            range between current row and unbounded following
        ) as next_success_at,
        min(case when status = 'failure' then event_at end) over (
            partition by operation_id, operation_name, resource_id order by event_at
            range between current row and unbounded following
        ) as next_failure_at,
        -- one correlation id may hold several attempts: each begins with a Start
        count(case when status = 'start' then 1 end) over (
            partition by operation_id, operation_name, resource_id order by event_at
            range between unbounded preceding and current row
        ) as attempt
    from events
)

select
    event_at,
    operation_name,
    resource_id,
    entity_id,
    status,
    -- a write that made the resource: it was not there before
    coalesce(status_code = 'created' and status in ('accept', 'success'), false) as is_creation,
    body,
    subscription_id,
    tenant_id,
    caller,
    caller_ip,
    -- a failure that shares its moment with a success decides: nothing is stated on a doubt
    coalesce(next_failure_at <= coalesce(next_success_at, next_failure_at), false) as is_failed,
    operation_id || '|' || coalesce(operation_name, '') || '|' || coalesce(resource_id, '')
    || '|' || cast(attempt as varchar) as attempt_key,
    'operation_log ' || coalesce(correlation_id, '') as evidence,
    file_path,
    file_row
from with_outcome

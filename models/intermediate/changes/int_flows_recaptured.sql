-- Flows of earlier runs whose capture may have changed: another NIC, VM or VNet behind it, or one
-- that forwards.
with

earlier as (
    select
        flow_id,
        run_no,
        event_at,
        {{ capture_key('tuples') }} as capture_key,
        capture_mac,
        target_id,
        flow_log_id
    from {{ ref('int_flow_tuples') }} as tuples
    where run_no <= (select run.completed_run_no from {{ ref('int_run') }} as run)
),

changes as (
    select * from {{ ref('int_changed_captures') }}
)

select
    earlier.flow_id,
    earlier.run_no,
    earlier.event_at
from earlier
inner join changes
    on earlier.capture_key = changes.key_1 and {{ in_span('earlier.event_at', 'changes') }}
where changes.fact in ('capture', 'forwarder')

union distinct

-- also where the log's target is a NIC: the MAC is the record's all the same
select
    earlier.flow_id,
    earlier.run_no,
    earlier.event_at
from earlier
inner join changes on earlier.capture_mac = changes.key_1
where changes.fact = 'forwarding_mac'

union distinct

-- an NSG's VNet stands in for a capture that is not known
select
    earlier.flow_id,
    earlier.run_no,
    earlier.event_at
from earlier
inner join changes
    on earlier.flow_log_id = changes.key_1 and {{ in_span('earlier.event_at', 'changes') }}
where changes.fact = 'nsg' and earlier.target_id is null

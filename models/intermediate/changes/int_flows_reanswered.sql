-- Flows of earlier runs whose ends may have changed, beside those of int_flows_recaptured.
with

earlier as (
    select
        flow_id,
        run_no,
        event_at,
        src_ip,
        dst_ip,
        {{ capture_key('tuples') }} as capture_key,
        target_vnet_id
    from {{ ref('int_flow_tuples') }} as tuples
    where run_no <= (select run.completed_run_no from {{ ref('int_run') }} as run)
),

ends as (
    select
        flow_id,
        run_no,
        event_at,
        capture_key,
        target_vnet_id,
        src_ip as address
    from earlier
    union all
    select
        flow_id,
        run_no,
        event_at,
        capture_key,
        target_vnet_id,
        dst_ip
    from earlier
),

changes as (
    select * from {{ ref('int_changed_answers') }}
),

found as (
    select
        ends.flow_id,
        ends.run_no,
        ends.event_at
    from ends
    inner join changes
        on ends.address = changes.key_2 and {{ in_span('ends.event_at', 'changes') }}
    where changes.fact in ('answer', 'stated')
        -- the scope of a VNet's own log is that VNet; of others it hangs on the capture
        and coalesce(ends.target_vnet_id, changes.key_1) = changes.key_1

    union distinct

    select
        ends.flow_id,
        ends.run_no,
        ends.event_at
    from ends
    inner join changes
        on
            ends.capture_key = changes.key_1
            and ends.address = changes.key_2
            and {{ in_span('ends.event_at', 'changes') }}
    where changes.fact = 'own'
    {%- if var('rebuild_from') and var('rebuild_until') %}

        union distinct

        -- a span that was asked for by hand
        select
            flow_id,
            run_no,
            event_at
        from earlier
        where event_at >= cast('{{ var("rebuild_from") }}' as {{ type_ts() }})
            and event_at < cast('{{ var("rebuild_until") }}' as {{ type_ts() }})
    {%- endif %}
)

select found.*
from found
left join {{ ref('int_flows_recaptured') }} as recaptured on found.flow_id = recaptured.flow_id
where recaptured.flow_id is null

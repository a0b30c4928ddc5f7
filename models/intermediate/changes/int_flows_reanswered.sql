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

changes as (
    select * from {{ ref('int_changed_answers') }}
),

found as (
    {%- for address in ['src_ip', 'dst_ip'] %}
    select
        earlier.flow_id,
        earlier.run_no,
        earlier.event_at
    from earlier
    inner join changes
        on earlier.{{ address }} = changes.key_2 and {{ in_span('earlier.event_at', 'changes') }}
    where changes.fact = 'answer'
        -- the scope of a VNet's own log is that VNet; of others it hangs on the capture
        and coalesce(earlier.target_vnet_id, changes.key_1) = changes.key_1

    union distinct

    select
        earlier.flow_id,
        earlier.run_no,
        earlier.event_at
    from earlier
    inner join changes
        on
            earlier.capture_key = changes.key_1
            and earlier.{{ address }} = changes.key_2
            and {{ in_span('earlier.event_at', 'changes') }}
    where changes.fact = 'own'
    {{ 'union distinct' if not loop.last }}
    {%- endfor %}
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
left join {{ ref('int_flows_recaptured') }} as recaptured using (flow_id)
where recaptured.flow_id is null

-- In which VNet and under which NSG each NIC was, when: all of time per NIC.
with

timeline as (
    select * from {{ ref('int_nic_timeline') }}
    where not is_end
),

observations as (
    select
        observation_key,
        forwards,
        nsg_id
    from {{ ref('int_nic_observations') }}
),

stated as (
    select
        timeline.nic_id,
        timeline.event_seq,
        timeline.event_at,
        observations.nsg_id,
        -- a body without addresses does not move a NIC
        {{ last_known('timeline.vnet_id', 'partition by timeline.nic_id order by timeline.event_seq
            rows between unbounded preceding and current row') }}
            as vnet_id,
        -- once a forwarder, always taken for one: then its flows are resolved by address
        max(case when observations.forwards then 1 else 0 end) over (
            partition by timeline.nic_id
        ) = 1 as is_forwarder
    from timeline
    inner join observations using (observation_key)
),

changes as (
    select *
    from (
        select
            *,
            lag(coalesce(vnet_id, '') || ' ' || coalesce(nsg_id, '')) over (
                partition by nic_id order by event_seq
            ) as previous_state
        from stated
    ) as compared
    where previous_state is null
        or previous_state <> coalesce(vnet_id, '') || ' ' || coalesce(nsg_id, '')
),

windows as (
    select
        nic_id,
        vnet_id,
        nsg_id,
        is_forwarder,
        case when previous_state is null then {{ beginning_of_time() }} else event_at end
            as window_start,
        coalesce(
            lead(event_at) over (partition by nic_id order by event_seq), {{ open_end() }}
        ) as window_end
    from changes
)

select * from windows
where window_start < window_end

-- Which NIC had which MAC, when.
with

timeline as (
    select * from {{ ref('int_nic_timeline') }}
),

-- a body without a MAC does not take one away: it keeps the last one known in its life
with_mac as (
    select
        *,
        {{ last_known('nic_mac', 'partition by nic_id, life order by event_seq
            rows between unbounded preceding and current row') }}
            as mac
    from timeline
    where not is_end
),

holdings as (
    select
        mac,
        nic_id,
        era,
        event_seq,
        event_at,
        next_event_at,
        next_is_exact,
        next_evidence,
        evidence,
        -- the MAC appears in a body some time after the NIC has it: in its life from the start
        case
            when row_number() over (partition by nic_id, life order by event_seq) = 1
                then coalesce(first_reach_back_to, life_started_at)
        end as reach_back_to
    from (
        select
            *,
            max(reach_back_to) over (partition by nic_id, life) as first_reach_back_to
        from with_mac
    ) as reaching
    where mac is not null
),

windows as (
    {{ holding_windows('holdings', ['mac']) }}
)

select * from windows
where window_start < window_end and nic_id is not null

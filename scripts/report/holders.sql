-- Windows of the addresses that matter most: those that were asked for, that changed hands most
-- often, or that most flows name. In: $since, $until, $most_addresses, $most_windows_each,
-- $most_windows, $asked (addresses).
with

windows as (
    select
        *,
        row_number() over (partition by vnet_id, nic_ip order by window_start desc) as newest
    from marts.dim_nic_ip_windows
    where window_start < $until and (window_end is null or window_end > $since)
),

addresses as (
    select
        vnet_id,
        nic_ip,
        count(*) as windows,
        least(count(*), $most_windows_each) as shown_windows,
        count(distinct coalesce(vm_uuid, vm_id, nic_id)) as holders
    from windows
    group by vnet_id, nic_ip
),

flows as (
    select
        vnet_id,
        case direction when 'outbound' then src_ip else dst_ip end as nic_ip,
        count(*) as flows
    from marts.fct_flows
    where event_at >= $since and event_at < $until
    group by all
),

ranked as (
    select
        addresses.*,
        coalesce(flows.flows, 0) as flows,
        list_contains($asked::varchar[], addresses.nic_ip) as is_asked,
        row_number() over (
            order by holders desc, coalesce(flows.flows, 0) desc, addresses.vnet_id, addresses.nic_ip
        ) as holders_rank,
        row_number() over (
            order by coalesce(flows.flows, 0) desc, holders desc, addresses.vnet_id, addresses.nic_ip
        ) as flows_rank
    from addresses
    left join flows on addresses.vnet_id = flows.vnet_id and addresses.nic_ip = flows.nic_ip
),

-- the two rankings in turn, and what was asked for before both
chosen as (
    select
        *,
        row_number() over (
            order by is_asked desc, least(holders_rank, flows_rank), holders_rank, flows_rank
        ) as address_rank,
        sum(shown_windows) over (
            order by is_asked desc, least(holders_rank, flows_rank), holders_rank, flows_rank
        ) as windows_until_here
    from ranked
)

select
    address_rank,
    vnet_id,
    nic_ip,
    chosen.windows as address_windows,
    chosen.holders as address_holders,
    chosen.flows as address_flows,
    nic_id,
    vm_id,
    vm_name,
    vm_uuid,
    epoch_ms(greatest(window_start, $since)) as outer_start,
    epoch_ms(least(greatest(window_start_latest, $since), $until)) as inner_start,
    epoch_ms(greatest(least(window_end_earliest, $until), $since)) as inner_end,
    epoch_ms(least(coalesce(window_end, $until), $until)) as outer_end,
    window_start < $since as starts_before,
    window_end is null or window_end > $until as ends_after,
    is_current
from chosen
inner join windows using (vnet_id, nic_ip)
where
    address_rank <= $most_addresses
    and windows_until_here <= $most_windows
    and newest <= $most_windows_each
order by address_rank, window_start;

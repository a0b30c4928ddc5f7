-- Which NIC, VM and incarnation stood behind each address of each VNet, when, and how surely.
with

ip_windows as (
    select * from {{ ref('int_nic_ip_windows') }}
),

nic_vm_windows as (
    select * from {{ ref('int_nic_vm_windows') }}
),

-- one row per IP window and VM incarnation; the links of a NIC cover all of time
pieces as (
    select
        ip_windows.vnet_id,
        ip_windows.nic_ip,
        ip_windows.is_prefix,
        ip_windows.nic_id,
        -- whose machine it is stands between two of them
        case when nic_vm_windows.is_vm_unknown then 2 else ip_windows.holder_count end
            as holder_count,
        nic_vm_windows.vm_id,
        nic_vm_windows.vm_uuid,
        {{ greatest_known() }}(
            ip_windows.window_start, coalesce(nic_vm_windows.window_start, ip_windows.window_start)
        ) as window_start,
        {{ least_known() }}(
            ip_windows.window_end, coalesce(nic_vm_windows.window_end, ip_windows.window_end)
        )
            as window_end,
        ip_windows.first_observed_at,
        ip_windows.last_observed_at,
        case
            when ip_windows.is_end_exact then ip_windows.window_end else ip_windows.last_observed_at
        end
            as ip_confirmed_until,
        case
            when
                ip_windows.is_end_exact or ip_windows.window_end = {{ open_end() }}
                then {{ open_end() }}
            else ip_windows.last_observed_at
        end as ip_extended_after,
        nic_vm_windows.confirmed_from as vm_confirmed_from,
        nic_vm_windows.confirmed_until as vm_confirmed_until,
        nic_vm_windows.extended_after as vm_extended_after,
        case
            when nic_vm_windows.window_start > ip_windows.window_start
                then coalesce(nic_vm_windows.start_evidence, ip_windows.start_evidence)
            else ip_windows.start_evidence
        end as start_evidence,
        case
            when nic_vm_windows.window_end < ip_windows.window_end
                then coalesce(nic_vm_windows.end_evidence, ip_windows.end_evidence)
            else ip_windows.end_evidence
        end as end_evidence
    from ip_windows
    left join nic_vm_windows
        on
            ip_windows.nic_id = nic_vm_windows.nic_id
            and {{ windows_overlap('ip_windows', 'nic_vm_windows') }}
),

numbered as (
    select
        *,
        row_number() over (order by vnet_id, nic_ip, window_start) as address_window_no
    from pieces
),

-- one row per piece: the MAC that lasted longest into it
piece_macs as (
    select
        numbered.address_window_no,
        {{ latest_stated('macs.mac', 'macs.window_start') }} as nic_mac
    from numbered
    inner join {{ ref('int_mac_windows') }} as macs
        on numbered.nic_id = macs.nic_id and {{ windows_overlap('numbered', 'macs') }}
    group by numbered.address_window_no
),

described as (
    select
        numbered.*,
        piece_macs.nic_mac
    from numbered
    left join piece_macs using (address_window_no)
)

select
    address_window_no,
    vnet_id,
    nic_ip,
    is_prefix,
    nic_id,
    nic_mac,
    holder_count,
    vm_id,
    vm_uuid,
    window_start,
    window_end,
    first_observed_at,
    last_observed_at,
    -- the weaker of the two statements decides
    case
        when vm_id is null then first_observed_at else
            {{ greatest_known() }}(first_observed_at, vm_confirmed_from)
    end
        as confirmed_from,
    case
        when vm_id is null then ip_confirmed_until else
            {{ least_known() }}(ip_confirmed_until, vm_confirmed_until)
    end
        as confirmed_until,
    case
        when vm_id is null then ip_extended_after else
            {{ least_known() }}(ip_extended_after, vm_extended_after)
    end
        as extended_after,
    start_evidence,
    end_evidence,
    {{ arm_id_part('vnet_id', 'subscriptions') }} as vnet_subscription_id,
    {{ arm_id_part('nic_id', 'subscriptions') }} as subscription_id
from described

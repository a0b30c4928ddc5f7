-- Per VNet that has the address: who had it $at, and who before and after.
-- In: $address (canonical) and $hex, $at, $vnets (ids, or null for all).
with

-- an address that nobody held by itself goes by the narrowest range that contains it
known_by as (
    select vnet_id, address, kind
    from questions.ask_addresses
    where
        (address = $address and kind = 'address')
        or (
            kind <> 'address'
            and first_hex <= $hex and last_hex >= $hex and length(first_hex) = length($hex)
        )
    qualify row_number() over (
        partition by vnet_id
        order by case kind when 'address' then 0 else 1 end, first_hex desc, last_hex
    ) = 1
),

stretches as (
    select holders.*, known_by.kind
    from questions.ask_holders as holders
    inner join known_by using (vnet_id, address)
    where $vnets is null or list_contains($vnets, vnet_id)
),

-- the first stretch begins in 1970, which stands for all of the time before
now_held as (
    select *
    from stretches
    where
        answer_start <= greatest($at, timestamp '1970-01-01')
        and (answer_end is null or answer_end > greatest($at, timestamp '1970-01-01'))
),

-- one row per holding, whatever its evidence; no VM is a holding too: a NIC between two VMs, say
holdings as (
    select
        case when stretches.window_start < now_held.window_start then 'before' else 'after' end
            as position,
        abs(epoch_ms(stretches.window_start) - epoch_ms(now_held.window_start)) as distance,
        stretches.*
    from stretches
    inner join now_held using (vnet_id)
    where stretches.candidates > 0 and stretches.window_start <> now_held.window_start
    qualify row_number() over (
        partition by vnet_id, stretches.window_start order by stretches.answer_start
    ) = 1
),

-- the nearest on each side, and the nearest that names a VM
beside as (
    select * exclude (distance)
    from holdings
    qualify
        row_number() over (partition by vnet_id, position order by distance) = 1
        or (
            vm_id is not null
            and row_number() over (
                partition by vnet_id, position order by vm_id is null, distance
            ) = 1
        )
),

united as (
    select 'at' as position, * from now_held
    union all
    select * from beside
)

select
    split_part(united.vnet_id, '/', -1) as vnet_name,
    united.position,
    united.vm_name,
    split_part(united.nic_id, '/', -1) as nic_name,
    united.window_start,
    united.window_end,
    case when united.position = 'at' then united.evidence end as evidence,
    united.unmatched_reason,
    united.candidates,
    -- between this holding and the one that was asked for, or the moment where there was none
    case united.position
        when 'before' then
            epoch(if(now_held.candidates > 0, now_held.window_start, $at) - united.window_end)
        when 'after' then
            epoch(
                united.window_start
                - if(now_held.candidates > 0, coalesce(now_held.window_end, $at), $at)
            )
    end as gap_seconds,
    united.vnet_id,
    united.address as known_by,
    united.kind as known_as,
    united.vm_id,
    united.vm_uuid,
    united.nic_id,
    united.nic_mac,
    united.window_start_latest,
    united.window_end_earliest,
    united.first_observed_at,
    united.last_observed_at,
    united.start_evidence,
    united.end_evidence,
    united.tenant_id
from united
inner join now_held using (vnet_id)
order by
    -- VNets that name somebody first
    now_held.vm_id is null,
    now_held.candidates = 0,
    united.vnet_id,
    case united.position when 'before' then 0 when 'at' then 1 else 2 end,
    united.window_start;

-- Flows over a world, in bulk. In: segments, nics, vnet_logs, reach (tables of world.py), and the
-- variables seed, connections, start_ms, end_ms, firewall_no, hub_no. Out: captures.
-- Chance is md5 of (seed, connection, purpose), so that the same seed gives the same bytes.

create or replace temp macro chance(i, purpose) as
    md5_number_lower(concat_ws(':', getvariable('seed'), i, purpose)) / 18446744073709551616.0;

-- no flow is within this of a change of either end: NSG logs know whole seconds only
create or replace temp macro margin_ms() as 2500;

create temp table timeline as
select
    row_number() over (order by vnet_no, address, from_ms) as segment_no,
    *,
    -- how long the address had been free before this holder; null for its first
    held_from_ms - max(case when nic_no <> next_nic_no then to_ms end) over (
        partition by vnet_no, address order by from_ms
        rows between unbounded preceding and 1 preceding
    ) as reuse_gap_ms
from (
    select *, coalesce(lead(nic_no) over (partition by vnet_no, address order by from_ms), -1)
        as next_nic_no
    from segments
);

-- machines that send, each as often as it lives long, and short-lived ones not too seldom
create temp table senders as
select
    *,
    sum(weight) over (order by segment_no) - weight as weight_before,
    sum(weight) over () as weight_in_all
from (
    select
        segment_no,
        greatest(from_ms, getvariable('start_ms')) as low_ms,
        least(to_ms, getvariable('end_ms')) as high_ms,
        least(least(to_ms, getvariable('end_ms')) - greatest(from_ms, getvariable('start_ms')), 7200000)
            + 300000 as weight
    from timeline
    where vm_id is not null
        and vnet_no in (select vnet_no from vnet_logs)
        and least(to_ms, getvariable('end_ms')) - greatest(from_ms, getvariable('start_ms'))
            > 4 * margin_ms()
);

-- what lived in each quarter of an hour, in each VNet or one that it reaches
create temp table neighbours as
select
    reach.vnet_no,
    quarter,
    list({'vnet_no': timeline.vnet_no, 'address': timeline.address} order by segment_no) as members
from timeline
inner join reach on timeline.vnet_no = reach.peer_vnet_no,
    unnest(range(
        greatest(from_ms, getvariable('start_ms')) // 900000,
        least(to_ms, getvariable('end_ms')) // 900000 + 1
    )) as quarters (quarter)
group by reach.vnet_no, quarter;

-- addresses that machines come and go on, whoever holds them now
create temp table slots as
select vnet_no, list(distinct address order by address) as members
from timeline
where is_slot
group by vnet_no;

create temp table connections as
select
    drawn.i,
    drawn.peer_draw,
    timeline.segment_no as own_segment_no,
    timeline.vnet_no as own_vnet_no,
    timeline.nic_no as own_nic_no,
    timeline.address as own_address,
    timeline.to_ms as own_to_ms,
    -- a quarter of the flows right after a beginning or right before an end
    cast(case
        when drawn.time_draw < 0.125
            then low_ms + margin_ms()
                + drawn.time_draw * 8 * least(60000, high_ms - low_ms - 2 * margin_ms())
        when drawn.time_draw < 0.25
            then high_ms - margin_ms()
                - (drawn.time_draw - 0.125) * 8 * least(60000, high_ms - low_ms - 2 * margin_ms())
        else low_ms + margin_ms()
            + (drawn.time_draw - 0.25) / 0.75 * (high_ms - low_ms - 2 * margin_ms())
    end as bigint) as at_ms
from (
    select
        i,
        chance(i, 'own') * (select max(weight_in_all) from senders) as place,
        chance(i, 'time') as time_draw,
        chance(i, 'peer') as peer_draw
    from range(getvariable('connections')) as numbers (i)
) as drawn
asof join senders on drawn.place >= senders.weight_before
inner join timeline using (segment_no);

create temp table addressed as
select
    connections.*,
    case
        when peer_draw < 0.20 then 'internet'
        when peer_draw < 0.23 then 'platform'
        when peer_draw < 0.25 then 'not_unicast'
        when peer_draw < 0.29 then 'on_premises'
        when peer_draw < 0.35 then 'slot'
        else 'neighbour'
    end as peer_class,
    case
        when peer_draw < 0.20
            then ['93.184.216.34', '151.101.1.69', '203.0.113.9', '20.60.40.4'][1 + i % 4]
        when peer_draw < 0.23 then ['168.63.129.16', '169.254.169.254'][1 + i % 2]
        when peer_draw < 0.25 then ['224.0.0.251', '255.255.255.255'][1 + i % 2]
        when peer_draw < 0.29 then '192.168.0.' || (6 + i % 3)
        when peer_draw < 0.35
            then slots.members[1 + cast(floor(chance(i, 'slot') * len(slots.members)) as bigint)]
        else neighbour.address
    end as peer_address,
    case
        when peer_draw < 0.29 then null
        when peer_draw < 0.35 then own_vnet_no
        else neighbour.vnet_no
    end as peer_vnet_no
from (
    select
        connections.*,
        neighbours.members[1 + cast(floor(chance(i, 'who') * len(neighbours.members)) as bigint)]
            as neighbour
    from connections
    inner join neighbours
        on connections.own_vnet_no = neighbours.vnet_no
        and connections.at_ms // 900000 = neighbours.quarter
) as connections
inner join slots on connections.own_vnet_no = slots.vnet_no;

-- who held the peer's address: the same just before and just after, or nobody at either time
create temp table ends_known as
select
    before.*,
    later.segment_no as later_segment_no
from (
    select addressed.*, timeline.* exclude (vnet_no, address)
    from addressed
    asof left join timeline
        on addressed.peer_vnet_no = timeline.vnet_no
        and addressed.peer_address = timeline.address
        and addressed.at_ms - margin_ms() >= timeline.from_ms
) as before
asof left join timeline as later
    on before.peer_vnet_no = later.vnet_no
    and before.peer_address = later.address
    and before.at_ms + margin_ms() >= later.from_ms;

create temp table conversations as
select
    i,
    at_ms,
    own_segment_no,
    own_vnet_no,
    own_nic_no,
    own_address,
    own_to_ms,
    peer_vnet_no,
    peer_address,
    case when is_peer_held then segment_no end as peer_segment_no,
    case when is_peer_held then nic_no end as peer_nic_no,
    case when is_peer_held and vm_id is not null then to_ms end as peer_to_ms,
    case
        when peer_vnet_no is null then peer_class
        when is_peer_held then kind
        when segment_no is null then 'not_yet'
        else 'released'
    end as peer_kind,
    segment_no is not null as had_peer_holder,
    chance(i, 'direction') < 0.65 or peer_class in ('platform', 'not_unicast') as is_own_src
from (
    select *, coalesce(at_ms - margin_ms() < to_ms, false) as is_peer_held,
        coalesce(at_ms + margin_ms() < to_ms, false) as is_peer_held_later
    from ends_known
    where segment_no is not distinct from later_segment_no
) as settled
where is_peer_held = is_peer_held_later
    -- nothing tells when a scale-set node went: nobody calls its address any more
    and (is_peer_held or peer_class <> 'neighbour' or coalesce(is_slot, false))
    and peer_address <> own_address;

-- one row per tuple and place where it is logged
create table captures as
with

tuples as (
    select *, at_ms as tuple_ms, case when peer_kind in ('released', 'not_yet') then 'D' else 'B' end
        as state
    from conversations
    union all
    select *, at_ms + 1000 + cast(chance(i, 'length') * 20000 as bigint), 'E'
    from conversations
    where peer_kind not in ('released', 'not_yet')
),

lasting as (
    select * from tuples
    where state <> 'E'
        or (
            tuple_ms + margin_ms() < own_to_ms
            and tuple_ms + margin_ms() < coalesce(peer_to_ms, 1e18)
            and (peer_segment_no is null or peer_to_ms is not null)
        )
),

seen as (
    select *, own_nic_no as capture_nic_no, is_own_src as is_outbound from lasting
    union all
    select *, peer_nic_no, not is_own_src from lasting where peer_to_ms is not null
    union all
    select *, cast(getvariable('firewall_no') as bigint), unnest([true, false])
    from lasting
    where peer_nic_no is not null
        and own_vnet_no <> peer_vnet_no
        and getvariable('hub_no') not in (own_vnet_no, peer_vnet_no)
        and chance(i, 'firewall') < 0.5
),

logged as (
    select
        i,
        state,
        is_outbound,
        case when vnet_logs.log_format = 'vnet_v4' then tuple_ms else tuple_ms // 1000 * 1000 end
            as tuple_ms,
        vnet_logs.log_format,
        vnet_logs.flow_log_id,
        nics.nic_no,
        nics.nic_id,
        nics.mac,
        nics.offset_ms,
        if(is_own_src, own_address, peer_address) as src_ip,
        if(is_own_src, peer_address, own_address) as dst_ip,
        if(is_own_src, own_segment_no, peer_segment_no) as src_segment_no,
        if(is_own_src, peer_segment_no, own_segment_no) as dst_segment_no,
        if(is_own_src, null, peer_kind) as src_peer_kind,
        if(is_own_src, peer_kind, null) as dst_peer_kind,
        if(is_own_src, null, had_peer_holder) as src_had_holder,
        if(is_own_src, had_peer_holder, null) as dst_had_holder,
        1024 + i % 60000 as src_port,
        [22, 53, 443, 5432, 8080][1 + i % 5] as dst_port,
        if(i % 9 = 0, 17, 6) as protocol
    from seen
    inner join nics on seen.capture_nic_no = nics.nic_no
    inner join vnet_logs on nics.vnet_no = vnet_logs.vnet_no
    where vnet_logs.log_format <> 'nsg_v1' or state <> 'E'
)

select
    logged.* exclude (src_segment_no, dst_segment_no, src_peer_kind, dst_peer_kind),
    -- a record is written once a minute, at a moment fixed per NIC, and trails its tuples
    -(cast(floor((offset_ms - tuple_ms - 3600) / 60000) as bigint)) * 60000 + offset_ms as written_ms,
    src.vm_id as src_vm_id,
    src.vm_uuid as src_vm_uuid,
    coalesce(src_peer_kind, src.kind) as src_kind,
    src.reuse_gap_ms as src_reuse_gap_ms,
    is_outbound and coalesce(src.nic_no = logged.nic_no, false) as src_is_capture,
    dst.vm_id as dst_vm_id,
    dst.vm_uuid as dst_vm_uuid,
    coalesce(dst_peer_kind, dst.kind) as dst_kind,
    dst.reuse_gap_ms as dst_reuse_gap_ms,
    not is_outbound and coalesce(dst.nic_no = logged.nic_no, false) as dst_is_capture
from logged
left join timeline as src on logged.src_segment_no = src.segment_no
left join timeline as dst on logged.dst_segment_no = dst.segment_no
-- what names a tuple in the truth names one tuple
qualify row_number() over (
    partition by tuple_ms, log_format, mac, is_outbound, src_ip, src_port, dst_ip, dst_port, protocol
    order by i, state
) = 1;

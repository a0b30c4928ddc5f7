-- Flows over the windows of windows.sql, hour by hour as they would land, and the true answers for
-- their ends. In: what windows.sql reads, and flows, flows_start_ms, flows_span_ms.

create or replace temp macro hour_ms() as 3600000;

create or replace temp macro hot_in_vnet(vnet_no) as
    (getvariable('hot_addresses') - vnet_no + vnet_count() - 1) // vnet_count();

create or replace temp macro addresses_in_vnet(vnet_no) as
    (address_count() - vnet_no + vnet_count() - 1) // vnet_count();

-- four of five ends are hot where there are hot addresses; the rest is any of the others
create or replace temp macro drawn_address(i, vnet_no, purpose) as
    vnet_no + vnet_count() * cast(floor(
        if(
            hot_in_vnet(vnet_no) > 0 and chance(i, purpose || ' hot') < 0.8,
            chance(i, purpose) * hot_in_vnet(vnet_no),
            hot_in_vnet(vnet_no)
            + chance(i, purpose) * (addresses_in_vnet(vnet_no) - hot_in_vnet(vnet_no))
        )
    ) as bigint);

create or replace temp view drawn_anywhen as
select
    *,
    case when not is_src_outside then drawn_address(flow_id, vnet_no, 'src') end as src_no,
    case
        when dst_draw >= 0.13 and addresses_in_vnet(vnet_no) > 0
            then drawn_address(flow_id, vnet_no, 'dst')
    end as dst_no
from (
    select
        range as flow_id,
        getvariable('flows_start_ms')
        + range * (getvariable('flows_span_ms') // hour_ms()) // getvariable('flows') * hour_ms()
        + cast(floor(chance(range, 'time') * hour_ms()) as bigint) as event_ms,
        range % vnet_count() as vnet_no,
        chance(range, 'outside') < 0.03 or addresses_in_vnet(range % vnet_count()) = 0
            as is_src_outside,
        chance(range, 'who') as dst_draw
    from range(getvariable('flows'))
);

-- One flow in a hundred is at the very end of a window, where it is the next holder's or nobody's.
create or replace temp view drawn as
select
    * exclude (event_ms),
    case
        when chance(flow_id, 'edge') < 0.01
            and edge_ms // hour_ms() = event_ms // hour_ms() then edge_ms
        else event_ms
    end as event_ms
from (
    select *, end_ms_of(slot_window(src_no, event_ms), src_no) as edge_ms
    from drawn_anywhen
);

create or replace temp view located as
select
    *,
    case
        when holds(slot_window(src_no, event_ms), src_no, event_ms)
            then slot_window(src_no, event_ms)
    end as src_window_no,
    case
        when holds(slot_window(dst_no, event_ms), dst_no, event_ms)
            then slot_window(dst_no, event_ms)
    end as dst_window_no
from drawn;

-- What every contender has to write, column by column.
create or replace temp view truth as
select
    flow_id,
    moment(event_ms) as event_at,
    scope_of(vnet_no) as scope_id,
    if(chance(flow_id, 'direction') < 0.5, 'outbound', 'inbound') as direction,
    coalesce(address_of(src_no), public_of(flow_id * 7 % 1000)) as src_ip,
    cast(1024 + flow_id % 60000 as integer) as src_port,
    case
        when dst_no is not null then address_of(dst_no)
        when dst_draw < 0.03 then unheld_of(flow_id % 500)
        else public_of(flow_id % 1000)
    end as dst_ip,
    cast([443, 22, 53, 8080, 1433][1 + flow_id % 5] as integer) as dst_port,
    cast(if(flow_id % 5 = 2, 17, 6) as integer) as protocol,
    cast(1 + hash(flow_id) % 90 as bigint) as packets_src_to_dst,
    cast(60 + hash(flow_id) % 90000 as bigint) as bytes_src_to_dst,
    cast(1 + hash(flow_id) % 40 as bigint) as packets_dst_to_src,
    cast(60 + hash(flow_id) % 9000 as bigint) as bytes_dst_to_src,
    nic_of(src_window_no) as src_nic_id,
    vm_of(src_window_no) as src_vm_id,
    uuid_of(src_window_no) as src_vm_uuid,
    nic_of(dst_window_no) as dst_nic_id,
    vm_of(dst_window_no) as dst_vm_id,
    uuid_of(dst_window_no) as dst_vm_uuid
from located;

create or replace temp view flows as
select columns(lambda name: not regexp_matches(name, '^(src|dst)_(nic|vm)_'))
from truth;

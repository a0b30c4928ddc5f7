-- Windows and flows whose truth is known by arithmetic, in bulk. In: the variables seed, windows,
-- hot_addresses, hot_windows (of each hot address), start_ms, span_ms. The time of an address with
-- m windows is cut into m slots; each slot holds one window, which may leave a gap before and
-- behind it or fill the slot, so that windows touch and never overlap.
-- Chance is DuckDB's hash of (seed, number, purpose): the same seed gives the same rows.

create or replace temp macro chance(i, purpose) as
    hash(getvariable('seed'), i, purpose) / 18446744073709551616.0;

create or replace temp macro moment(ms) as make_timestamp(cast(ms as bigint) * 1000);

-- four VNets that use the same addresses
create or replace temp macro vnet_count() as 4;

create or replace temp macro scope_of(vnet_no) as
    '/subscriptions/' || getvariable('subscription')
    || '/resourcegroups/network/providers/microsoft.network/virtualnetworks/vnet-' || vnet_no;

create or replace temp macro address_of(address_no) as
    concat_ws(
        '.', 10,
        address_no // vnet_count() >> 16 & 127,
        address_no // vnet_count() >> 8 & 255,
        address_no // vnet_count() & 255
    );

-- an address that nobody ever holds, and one outside
create or replace temp macro unheld_of(n) as concat_ws('.', 10, 200, n >> 8 & 255, n & 255);

create or replace temp macro public_of(n) as concat_ws('.', 93, 184, n >> 8 & 255, n & 255);

create or replace temp macro nic_of(window_no) as
    '/subscriptions/' || getvariable('subscription') || '/resourcegroups/rg-' || window_no % 50
    || '/providers/microsoft.network/networkinterfaces/nic-' || window_no;

-- one NIC in twenty belongs to no VM, such as a private endpoint's
create or replace temp macro vm_of(window_no) as
    case
        when chance(window_no, 'vm') >= 0.05
            then '/subscriptions/' || getvariable('subscription') || '/resourcegroups/rg-'
                || window_no % 50 || '/providers/microsoft.compute/virtualmachines/vm-' || window_no
    end;

create or replace temp macro uuid_of(window_no) as
    case
        when chance(window_no, 'vm') >= 0.07
            then cast(cast(md5(getvariable('seed') || '/' || window_no) as uuid) as varchar)
    end;

-- A cold address has 8 windows. The hot ones come first, in windows and in addresses.
create or replace temp macro hot_windows_in_all() as
    getvariable('hot_addresses') * getvariable('hot_windows');

create or replace temp macro address_count() as
    getvariable('hot_addresses')
    + (getvariable('windows') - hot_windows_in_all() + 7) // 8;

create or replace temp macro windows_of(address_no) as
    if(address_no < getvariable('hot_addresses'), getvariable('hot_windows'), 8);

create or replace temp macro first_window_of(address_no) as
    if(
        address_no < getvariable('hot_addresses'),
        address_no * getvariable('hot_windows'),
        hot_windows_in_all() + (address_no - getvariable('hot_addresses')) * 8
    );

create or replace temp macro address_of_window(window_no) as
    if(
        window_no < hot_windows_in_all(),
        window_no // greatest(getvariable('hot_windows'), 1),
        getvariable('hot_addresses') + (window_no - hot_windows_in_all()) // 8
    );

create or replace temp macro slot_ms(address_no) as
    getvariable('span_ms') // windows_of(address_no);

create or replace temp macro start_ms_of(window_no, address_no) as
    getvariable('start_ms')
    + (window_no - first_window_of(address_no)) * slot_ms(address_no)
    + cast(floor(
        greatest(chance(window_no, 'start') - 0.25, 0) * 0.3 * slot_ms(address_no)
    ) as bigint);

-- null where it has not ended: of every other address the last one
create or replace temp macro end_ms_of(window_no, address_no) as
    case
        when window_no - first_window_of(address_no) < windows_of(address_no) - 1
            or chance(address_no, 'open') < 0.5
            then getvariable('start_ms')
                + (window_no - first_window_of(address_no) + 1) * slot_ms(address_no)
                - cast(floor(
                    greatest(chance(window_no, 'end') - 0.25, 0) * 0.4 * slot_ms(address_no)
                ) as bigint)
    end;

-- the window in which an address was at a moment: the truth, without a join
create or replace temp macro slot_window(address_no, at_ms) as
    first_window_of(address_no) + least(
        (at_ms - getvariable('start_ms')) // slot_ms(address_no), windows_of(address_no) - 1
    );

create or replace temp macro holds(window_no, address_no, at_ms) as
    window_no < getvariable('windows')
    and at_ms >= start_ms_of(window_no, address_no)
    and at_ms < coalesce(end_ms_of(window_no, address_no), 9223372036854775807);

create or replace temp view windows as
select
    scope_of(address_no % vnet_count()) as scope_id,
    address_of(address_no) as address,
    moment(start_ms_of(window_no, address_no)) as window_start,
    coalesce(moment(end_ms_of(window_no, address_no)), timestamp '9999-12-31') as window_end,
    nic_of(window_no) as nic_id,
    vm_of(window_no) as vm_id,
    uuid_of(window_no) as vm_uuid
from (
    select range as window_no, address_of_window(range) as address_no
    from range(getvariable('windows'))
);

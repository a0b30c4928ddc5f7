-- MACs whose flows are not surely their own: they forward, or may.
with

sightings as (
    select * from {{ ref('int_sighted_addresses') }}
),

spaces as (
    select * from {{ ref('int_vnet_spaces') }}
),

spaced_vnets as (
    select distinct vnet_id from spaces
),

attributes as (
    select distinct nic_id from {{ ref('int_nic_attribute_windows') }}
    where is_forwarder
),

-- one row per address: sightings are many, addresses few
addresses as (
    select distinct
        capture_mac,
        vnet_id,
        address,
        {{ ip_hex('address') }} as hex
    from sightings
),

-- flagged as forwarding by any source
flagged as (
    select macs.mac as capture_mac
    from {{ ref('int_mac_windows') }} as macs
    inner join attributes using (nic_id)
),

-- an address that its VNet does not contain is not the NIC's own
foreign_addresses as (
    select addresses.capture_mac
    from addresses
    inner join spaced_vnets using (vnet_id)
    left join spaces
        on
            addresses.vnet_id = spaces.vnet_id
            and addresses.hex between spaces.first_hex and spaces.last_hex
            and length(addresses.hex) = length(spaces.first_hex)
    where spaces.vnet_id is null
),

-- one row per MAC, address and hour; each MAC has a number
used as (
    select
        capture_mac,
        vnet_id,
        address,
        hour,
        dense_rank() over (order by capture_mac) as mac_no,
        count(*) over (partition by vnet_id, address, hour) as macs,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from sightings
    group by capture_mac, vnet_id, address, hour
),

used_by_several as (
    select * from used
    where macs > 1
),

-- Who is beside whom is counted rather than paired, since any number of MACs may claim an address:
-- those who had begun by its last moment, without those who had ended before its first.
moments as (
    select
        vnet_id,
        address,
        hour,
        seen_at,
        sum(begun) as begun,
        sum(begun_no) as begun_no,
        sum(ended) as ended,
        sum(ended_no) as ended_no
    from (
        select
            vnet_id,
            address,
            hour,
            first_seen_at as seen_at,
            1 as begun,
            mac_no as begun_no,
            0 as ended,
            0 as ended_no
        from used_by_several
        union all
        select
            vnet_id,
            address,
            hour,
            last_seen_at,
            0,
            0,
            1,
            mac_no
        from used_by_several
    ) as changes
    group by vnet_id, address, hour, seen_at
),

so_far as (
    select
        vnet_id,
        address,
        hour,
        seen_at,
        sum(begun) over (
            partition by vnet_id, address, hour order by seen_at rows unbounded preceding
        ) as begun,
        sum(begun_no) over (
            partition by vnet_id, address, hour order by seen_at rows unbounded preceding
        ) as begun_no,
        sum(ended) over (
            partition by vnet_id, address, hour order by seen_at rows unbounded preceding
        ) - ended as ended_before,
        sum(ended_no) over (
            partition by vnet_id, address, hour order by seen_at rows unbounded preceding
        ) - ended_no as ended_no_before
    from moments
),

-- how many others used an address at one time with a MAC; of one alone, the sum is its number
beside as (
    select
        used.capture_mac,
        lasts.begun - firsts.ended_before - 1 as others,
        lasts.begun_no - firsts.ended_no_before - used.mac_no as other_no_sum
    from used_by_several as used
    inner join so_far as firsts
        on
            used.vnet_id = firsts.vnet_id
            and used.address = firsts.address
            and used.hour = firsts.hour
            and used.first_seen_at = firsts.seen_at
    inner join so_far as lasts
        on
            used.vnet_id = lasts.vnet_id
            and used.address = lasts.address
            and used.hour = lasts.hour
            and used.last_seen_at = lasts.seen_at
),

-- an address that several others use as well: a machine has one such neighbour, its forwarder
shared as (
    select capture_mac
    from beside
    group by capture_mac
    having max(others) > 1 or count(distinct case when others = 1 then other_no_sum end) > 1
),

-- an address that its stated holder used just then as well: passed on for that one machine
statements as (
    select distinct
        vnet_id,
        nic_ip,
        nic_id
    from {{ ref('int_address_statements') }}
),

stated as (
    select
        sightings.*,
        statements.nic_id is not null as is_holder
    from sightings
    left join statements
        on
            sightings.vnet_id = statements.vnet_id
            and sightings.address = statements.nic_ip
            and sightings.nic_id = statements.nic_id
),

beside_the_holder as (
    select sightings.capture_mac
    from stated as sightings
    inner join stated as holders
        on
            sightings.vnet_id = holders.vnet_id
            and sightings.address = holders.address
            and sightings.hour = holders.hour
            and sightings.capture_mac <> holders.capture_mac
            and sightings.first_seen_at <= holders.last_seen_at
            and sightings.last_seen_at >= holders.first_seen_at
    where holders.is_holder and not sightings.is_holder
)

select capture_mac from flagged
union distinct
select capture_mac from foreign_addresses
union distinct
select capture_mac from shared
union distinct
select capture_mac from beside_the_holder

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

-- one row per two MACs that used an address at one time
neighbours as (
    select
        sightings.capture_mac,
        sightings.vnet_id,
        sightings.address,
        sightings.nic_id,
        others.capture_mac as other_mac,
        others.nic_id as other_nic_id
    from sightings
    inner join sightings as others
        on
            sightings.vnet_id = others.vnet_id
            and sightings.address = others.address
            and sightings.hour = others.hour
            and sightings.capture_mac <> others.capture_mac
            and sightings.first_seen_at <= others.last_seen_at
            and sightings.last_seen_at >= others.first_seen_at
),

-- an address that several others use as well: a machine has one such neighbour, its forwarder
shared as (
    select capture_mac
    from neighbours
    group by capture_mac
    having count(distinct other_mac) > 1
),

-- an address that its stated holder used just then as well: passed on for that one machine
statements as (
    select distinct
        vnet_id,
        nic_ip,
        nic_id
    from {{ ref('int_address_statements') }}
),

beside_the_holder as (
    select neighbours.capture_mac
    from neighbours
    inner join statements
        on
            neighbours.vnet_id = statements.vnet_id
            and neighbours.address = statements.nic_ip
            and neighbours.other_nic_id = statements.nic_id
    left join statements as own
        on
            neighbours.vnet_id = own.vnet_id
            and neighbours.address = own.nic_ip
            and neighbours.nic_id = own.nic_id
    where own.nic_id is null
)

select capture_mac from flagged
union distinct
select capture_mac from foreign_addresses
union distinct
select capture_mac from shared
union distinct
select capture_mac from beside_the_holder

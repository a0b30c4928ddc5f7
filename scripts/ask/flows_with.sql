-- How many flows name an address at either end, in whichever VNet. In: $address, canonical.
select count(*) as flows, min(event_at) as first_at, max(event_at) as last_at
from marts.fct_flows
where src_ip = $address or dst_ip = $address;

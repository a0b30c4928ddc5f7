-- How many windows and addresses there are, to say what is left out. In: $since, $until.
select
    count(*) as windows,
    count(distinct (vnet_id, nic_ip)) as addresses
from marts.dim_nic_ip_windows
where window_start < $until and (window_end is null or window_end > $since);

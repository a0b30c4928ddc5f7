-- VNets that any source names.
select vnet_id, split_part(vnet_id, '/', -1) as vnet_name
from (
    select vnet_id from intermediate.int_address_windows
    union
    select vnet_id from intermediate.int_vnet_spaces
)
where vnet_id is not null
order by vnet_id;

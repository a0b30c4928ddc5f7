-- What is stored of one address, and what else the views of addresses read. In: $address, canonical.
create table asked_rows.intermediate.int_address_windows as
    from intermediate.int_address_windows where nic_ip = $address;

insert into asked_rows.intermediate.int_address_windows
    from intermediate.int_address_windows where is_prefix;

create table asked_rows.intermediate.int_vm_names as
    from intermediate.int_vm_names
    where vm_id in (select vm_id from asked_rows.intermediate.int_address_windows);

create table asked_rows.intermediate.int_subscriptions as from intermediate.int_subscriptions;

create table asked_rows.intermediate.int_vnet_spaces as from intermediate.int_vnet_spaces;

-- The names of all VMs, for a near miss.
select distinct vm_name from questions.ask_vms where vm_name is not null order by vm_name;

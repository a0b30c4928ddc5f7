-- What the warehouse holds, whatever span is reported.
select
    (select count(*) from marts.dim_vms) as vms,
    (select count(*) from marts.dim_nic_ip_windows) as windows,
    (select count(*) from marts.rpt_restatements) as corrected_ends;

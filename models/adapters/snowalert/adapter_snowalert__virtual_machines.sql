{{ config(enabled=var('virtual_machines_from') == 'snowalert') }}

-- VMs that SnowAlert's azure_collect has collected, in the columns of raw.virtual_machines.
{{ snowalert_inventory('virtual_machines') }}

{{ config(enabled=var('virtual_machines_from') == 'cloudquery') }}

-- VMs that CloudQuery's Azure plugin has collected, in the columns of raw.virtual_machines.
{{ cloudquery_inventory('virtual_machines') }}

{{ config(enabled=var('virtual_networks_from') == 'cloudquery') }}

-- VNets that CloudQuery's Azure plugin has collected, in the columns of raw.virtual_networks.
{{ cloudquery_inventory('virtual_networks') }}

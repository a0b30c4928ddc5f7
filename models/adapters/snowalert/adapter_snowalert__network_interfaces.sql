{{ config(enabled=var('network_interfaces_from') == 'snowalert') }}

-- NICs that SnowAlert's azure_collect has collected, in the columns of raw.network_interfaces.
{{ snowalert_inventory('network_interfaces') }}

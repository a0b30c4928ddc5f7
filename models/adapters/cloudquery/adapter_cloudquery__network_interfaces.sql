{{ config(enabled=var('network_interfaces_from') == 'cloudquery') }}

-- NICs that CloudQuery's Azure plugin has collected, in the columns of raw.network_interfaces.
{{ cloudquery_inventory('network_interfaces') }}

-- The addresses that each statement gives a NIC; a configuration without an address gives none.
with

statements as (
    select
        statement_key,
        nic_id,
        ip_configurations
    from {{ ref('int_nic_statements') }}
),

configurations as (
    select
        statements.statement_key,
        statements.nic_id,
        configuration.value as configuration,
        case
            when {{ json_is_object(json_get('configuration.value', ['properties'])) }}
                then {{ json_get('configuration.value', ['properties']) }}
            else configuration.value
        end as properties
    from statements
    {{ json_each('statements.ip_configurations', 'configuration') }}
),

addresses as (
    select
        statement_key,
        nic_id,
        nullif(coalesce(
            {{ json_text('properties', ['privateIPAddress']) }},
            {{ json_text('properties', ['privateIpAddress']) }},
            {{ json_text('properties', ['private_ip_address']) }}
        ), '') as private_ip,
        {{ arm_id("coalesce(" ~ json_text('properties', ['subnet', 'id']) ~ ", "
            ~ json_text('properties', ['subnet_id']) ~ ")") }} as subnet_id
    from configurations
),

-- a NIC is in one VNet all its life: a subnet that is hidden is in that of its neighbours, or else
-- of the NIC's other statements where these agree
located as (
    select
        *,
        coalesce(
            stated_vnet_id,
            max(stated_vnet_id) over (partition by statement_key),
            case
                when min(stated_vnet_id) over (partition by nic_id)
                    = max(stated_vnet_id) over (partition by nic_id)
                    then max(stated_vnet_id) over (partition by nic_id)
            end
        ) as vnet_id
    from (
        select
            *,
            nullif(split_part(subnet_id, '/subnets/', 1), '') as stated_vnet_id
        from addresses
    ) as named
)

select distinct
    statement_key,
    nic_id,
    vnet_id,
    case
        -- a prefix of full length is an address
        when {{ canonical_ip('private_ip') }} like '%/%'
            and split_part(private_ip, '/', 2)
            = case when private_ip like '%:%' then '128' else '32' end
            then split_part({{ canonical_ip('private_ip') }}, '/', 1)
        else {{ canonical_ip('private_ip') }}
    end as nic_ip
from located
where private_ip is not null and vnet_id is not null

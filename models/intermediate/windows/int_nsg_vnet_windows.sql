-- The one VNet whose NICs or subnets carried an NSG, when; no row while there were several or none.
with

ip_windows as (
    select distinct
        nic_id,
        window_start,
        window_end
    from {{ ref('int_stated_ip_windows') }}
    where nic_id is not null
),

attributes as (
    select * from {{ ref('int_nic_attribute_windows') }}
    where nsg_id is not null and vnet_id is not null
),

vnets as (
    select * from {{ ref('stg_collectors__virtual_networks') }}
    where is_statement
),

carriers as (
    select
        attributes.nsg_id,
        attributes.vnet_id,
        {{ greatest_known() }}(attributes.window_start, ip_windows.window_start) as window_start,
        {{ least_known() }}(attributes.window_end, ip_windows.window_end) as window_end
    from attributes
    inner join ip_windows
        on attributes.nic_id = ip_windows.nic_id
            and {{ windows_overlap('attributes', 'ip_windows') }}

    union all

    select distinct
        {{ arm_id("coalesce("
            ~ json_text('subnet.value', ['properties', 'networkSecurityGroup', 'id']) ~ ", "
            ~ json_text('subnet.value', ['networkSecurityGroup', 'id']) ~ ")") }},
        vnets.vnet_id,
        {{ beginning_of_time() }},
        {{ open_end() }}
    from vnets
    {{ json_each('vnets.subnets', 'subnet') }}
),

-- one row per NSG, VNet and stretch of time
stretches as (
    select
        nsg_id,
        vnet_id,
        min(window_start) as window_start,
        max(window_end) as window_end
    from (
        select
            *,
            sum(case when window_start <= carried_until then 0 else 1 end) over (
                partition by nsg_id, vnet_id
                order by window_start, window_end rows unbounded preceding
            ) as island
        from (
            select
                *,
                max(window_end) over (
                    partition by nsg_id, vnet_id order by window_start, window_end
                    rows between unbounded preceding and 1 preceding
                ) as carried_until
            from carriers
            where nsg_id is not null
        ) as followed
    ) as islands
    group by nsg_id, vnet_id, island
),

numbered as (
    select
        nsg_id,
        window_start,
        window_end,
        dense_rank() over (order by vnet_id) as member_no,
        1 as weight,
        vnet_id
    from stretches
),

segments as (
    {{ sweep_windows('numbered', 'nsg_id') }}
),

names as (
    select distinct
        member_no,
        vnet_id
    from numbered
)

select
    segments.nsg_id,
    names.vnet_id,
    segments.window_start,
    segments.window_end
from segments
inner join names on segments.member_no_sum = names.member_no
where segments.members = 1

-- Who had each address of each VNet, when: all of time, with a reason where nobody is to be named.
-- What a flow that is logged in the VNet would be told of the address, by the same text.
with

addresses as (
    select * from {{ ref('ask_addresses') }}
),

windows as (
    select * from {{ ref('int_address_windows') }}
),

prefix_windows as (
    select
        windows.vnet_id,
        windows.address_window_no,
        windows.window_start,
        windows.window_end,
        prefixes.first_hex,
        prefixes.last_hex
    from windows
    inner join addresses as prefixes
        on windows.vnet_id = prefixes.vnet_id and windows.nic_ip = prefixes.address
    where windows.is_prefix and prefixes.kind = 'held prefix'
),

-- one row per address and window that holds it, by itself or in a prefix; in its own VNet it is
-- looked for at all times
hits as (
    select
        addresses.vnet_id,
        addresses.address,
        windows.address_window_no,
        windows.window_start,
        windows.window_end
    from addresses
    inner join windows
        on addresses.vnet_id = windows.vnet_id and addresses.address = windows.nic_ip
    where addresses.kind = 'address' and not windows.is_prefix
    union all
    select
        addresses.vnet_id,
        addresses.address,
        windows.address_window_no,
        windows.window_start,
        windows.window_end
    from addresses
    inner join prefix_windows as windows
        on
            addresses.vnet_id = windows.vnet_id
            and addresses.first_hex >= windows.first_hex
            and addresses.last_hex <= windows.last_hex
            and length(addresses.first_hex) = length(windows.first_hex)
),

sure_hits as (
    select
        *,
        {{ beginning_of_time() }} as confirmed_from,
        {{ open_end() }} as confirmed_until,
        {{ open_end() }} as extended_after
    from hits
),

holders as (
    {{ held_in_turn('sure_hits', ['vnet_id', 'address']) }}
),

-- one row per address that says by itself what it is
specials as (
    select
        addresses.vnet_id,
        addresses.address,
        max(case when prefixes.reason <> 'private' then prefixes.reason end) as special_reason,
        max(case when prefixes.reason = 'private' then 1 else 0 end) = 1 as is_private
    from addresses
    inner join {{ ref('int_special_prefixes') }} as prefixes
        on
            addresses.first_hex >= prefixes.first_hex
            and addresses.last_hex <= prefixes.last_hex
            and length(addresses.first_hex) = length(prefixes.first_hex)
    group by addresses.vnet_id, addresses.address
),

asked as (
    select
        addresses.vnet_id,
        addresses.address,
        addresses.kind,
        specials.special_reason,
        coalesce(specials.is_private, false) as is_private,
        -- a VNet has it, or had it
        true as is_in_known_space,
        true as may_be_own,
        'vnet_ip' as method,
        {{ arm_id_part('addresses.vnet_id', 'subscriptions') }} as inventory_subscription_id,
        {{ beginning_of_time() }} as first_asked_at,
        {{ open_end() }} - interval '1 second' as last_asked_at
    from addresses
    left join specials
        on addresses.vnet_id = specials.vnet_id and addresses.address = specials.address
),

answers as (
    {{ address_answers('asked', 'holders', ['vnet_id', 'address']) }}
),

numbered as (
    select
        *,
        sum(case when is_same then 0 else 1 end) over (
            partition by vnet_id, address order by window_start rows unbounded preceding
        ) as stretch_no
    from (
        select
            *,
            coalesce(
                said = lag(said) over (partition by vnet_id, address order by window_start), false
            ) as is_same
        from (
            select
                *,
                {{ text_of(['candidates', 'address_window_no', 'unmatched_reason']) }} as said
            from answers
        ) as told
    ) as compared
),

-- one row per stretch with one answer: an answer is also cut where the inventory ends
stretches as (
    select
        vnet_id,
        address,
        min(window_start) as window_start,
        max(window_end) as window_end,
        max(candidates) as candidates,
        max(address_window_no) as address_window_no,
        max(nic_id) as nic_id,
        max(nic_mac) as nic_mac,
        max(vm_id) as vm_id,
        max(vm_uuid) as vm_uuid,
        max(confirmed_from) as confirmed_from,
        max(confirmed_until) as confirmed_until,
        max(extended_after) as extended_after,
        max(unmatched_reason) as unmatched_reason
    from numbered
    group by vnet_id, address, stretch_no
),

-- moments from which the evidence may be another; the later bounds belong to what is before them
moments as (
    select
        stretches.*,
        case cast(moment.value as integer)
            when 0 then stretches.window_start
            when 1 then stretches.confirmed_from
            when 2 then stretches.confirmed_until + interval '1 microsecond'
            else stretches.extended_after + interval '1 microsecond'
        end as answer_start
    from stretches
    {{ each_integer('0', '3', 'moment') }}
),

-- one row per stretch with one answer and one evidence
pieces as (
    select
        *,
        lead(answer_start) over (
            partition by vnet_id, address, window_start order by answer_start
        ) as next_start
    from (
        select distinct *
        from moments
        where answer_start >= window_start and answer_start < window_end
    ) as distinct_moments
),

names as (
    select * from {{ ref('int_vm_names') }}
),

subscriptions as (
    select
        subscription_id,
        tenant_id
    from {{ ref('int_subscriptions') }}
)

select
    -- key
    cast(pieces.vnet_id as varchar) as vnet_id,
    cast(pieces.address as varchar) as address,
    cast(pieces.answer_start as {{ type_ts() }}) as answer_start,
    cast(
        nullif(coalesce(pieces.next_start, pieces.window_end), {{ open_end() }}) as {{ type_ts() }}
    ) as answer_end,
    -- the answer
    cast(pieces.nic_id as varchar) as nic_id,
    cast(pieces.nic_mac as varchar) as nic_mac,
    cast(pieces.vm_id as varchar) as vm_id,
    cast(pieces.vm_uuid as varchar) as vm_uuid,
    cast(names.vm_name as varchar) as vm_name,
    cast(
        case
            when pieces.vm_id is not null then {{ evidence_at('pieces.answer_start', 'pieces') }}
        end as varchar
    ) as evidence,
    cast(pieces.unmatched_reason as varchar) as unmatched_reason,
    cast(pieces.candidates as integer) as candidates,
    -- the whole of the holding, or of the gap
    cast(pieces.window_start as {{ type_ts() }}) as window_start,
    cast(nullif(pieces.window_end, {{ open_end() }}) as {{ type_ts() }}) as window_end,
    cast(
        case
            when windows.address_window_no is not null
                then {{ least_known() }}(
                        {{ greatest_known() }}(windows.confirmed_from, pieces.window_start),
                        pieces.window_end
                    )
        end as {{ type_ts() }}
    ) as window_start_latest,
    cast(
        case
            when windows.address_window_no is not null
                then {{ greatest_known() }}(
                        {{ least_known() }}(windows.confirmed_until, pieces.window_end),
                        pieces.window_start
                    )
        end as {{ type_ts() }}
    ) as window_end_earliest,
    cast(windows.first_observed_at as {{ type_ts() }}) as first_observed_at,
    cast(windows.last_observed_at as {{ type_ts() }}) as last_observed_at,
    cast(windows.start_evidence as varchar) as start_evidence,
    cast(windows.end_evidence as varchar) as end_evidence,
    cast(subscriptions.tenant_id as varchar) as tenant_id
from pieces
left join windows on pieces.address_window_no = windows.address_window_no
left join names on pieces.vm_id = names.vm_id
left join subscriptions
    on {{ arm_id_part('pieces.vnet_id', 'subscriptions') }} = subscriptions.subscription_id

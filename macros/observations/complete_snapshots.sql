{#- Snapshots in which a missing resource is gone: one row per (subscription, list, moment).
    staging: relation of collector rows; raw_table: its name in raw; id: its id column.
    A list that collectors read separately counts only where it was read at all: shown by a
    resource that is there again after snapshots that had nothing of its list. Where the collector
    says that it read all of them, nothing of a list means that nothing is left. -#}
{% macro complete_snapshots(staging, raw_table, id) -%}
with

collected as (
    select *, {{ listing_group(id) }} as listing from {{ staging }}
),

-- one row per subscription and moment
snapshots as (
    select
        subscription_id,
        recorded_at,
        max(case when is_incomplete then 1 else 0 end) as has_incomplete,
        -- every page has a next one: the last is missing
        min(case when has_next_page then 1 else 0 end) as is_open_ended,
        max(case when is_statement then 1 else 0 end) as has_statement,
        -- all files of the moment say so: another tool's may lack a list
        min(case when is_stated_complete then 1 else 0 end) as is_stated_complete
    from collected
    where subscription_id is not null
    group by subscription_id, recorded_at
),

-- moments at which something went wrong that may concern any subscription
spoilt as (
    select recorded_at from collected
    where subscription_id is null and is_incomplete
    union
    select collected.recorded_at
    from collected
    inner join {{ source('raw', 'rejected_records') }} as rejected
        on collected.file_path = rejected.file_path and rejected.raw_table = '{{ raw_table }}'
),

complete as (
    select
        subscription_id,
        recorded_at,
        is_stated_complete,
        row_number() over (partition by subscription_id order by recorded_at) as snapshot_no
    from (
        select
            *,
            -- pages of one answer may carry a time each: the last page alone is no snapshot
            coalesce(lag(is_open_ended) over (
                partition by subscription_id order by recorded_at
            ), 0) as follows_open_end
        from snapshots
    ) as ordered
    where has_incomplete = 0
        and is_open_ended = 0
        and follows_open_end = 0
        and (has_statement = 1 or is_stated_complete = 1)
        and recorded_at not in (select recorded_at from spoilt)
),

-- one row per subscription, list and complete snapshot that has rows of it
listings as (
    select
        subscription_id,
        listing,
        recorded_at,
        snapshot_no,
        row_number() over (partition by subscription_id, listing order by recorded_at) as listing_no
    from (
        select distinct subscription_id, listing, recorded_at, snapshot_no
        from collected
        inner join complete using (subscription_id, recorded_at)
        where is_statement
    ) as found
),

separate_lists as (
    select distinct subscription_id, listing
    from (
        select
            subscription_id,
            listing,
            snapshot_no - lag(snapshot_no) over (
                partition by subscription_id, listing, resource_id order by snapshot_no
            ) as snapshots_passed,
            listing_no - lag(listing_no) over (
                partition by subscription_id, listing, resource_id order by snapshot_no
            ) as listings_passed
        from (
            select distinct
                subscription_id,
                listing,
                {{ id }} as resource_id,
                listings.snapshot_no,
                listings.listing_no
            from collected
            inner join listings using (subscription_id, listing, recorded_at)
            where is_statement
        ) as sightings
    ) as steps
    where snapshots_passed > 1 and listings_passed = 1
)

select
    complete.subscription_id,
    lists.listing,
    complete.recorded_at as snapshot_at
from complete
inner join (select distinct subscription_id, listing from listings) as lists
    on complete.subscription_id = lists.subscription_id
left join separate_lists
    on lists.subscription_id = separate_lists.subscription_id and lists.listing = separate_lists.listing
left join listings
    on
        lists.subscription_id = listings.subscription_id
        and lists.listing = listings.listing
        and complete.recorded_at = listings.recorded_at
where separate_lists.listing is null
    or listings.recorded_at is not null
    or complete.is_stated_complete = 1
{%- endmacro %}

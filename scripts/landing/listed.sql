-- Keeps that a folder of blobs was listed, and all of it landed.
create or replace temp table listing as
select
    getvariable('folder') as folder,
    getvariable('listed_at') as listed_at,
    case when getvariable('is_full') then getvariable('listed_at') else (
        select max(fully_listed_at) from raw.blob_listings where folder = getvariable('folder')
    ) end as fully_listed_at;

delete from raw.blob_listings where folder = getvariable('folder');

insert into raw.blob_listings select * from listing;

-- From which hour on a folder of blobs is listed; no row: all of it. Blobs of earlier hours have been
-- listed after they were over, unless a blob came later than `late_hours`: so the listing of all of it
-- is repeated. A listing that was not landed to its end leaves no trace.
select least(
    listed_at,
    (
        select try_strptime(
            max(regexp_extract(file_path, '/y=\d{4}/m=\d\d/d=\d\d/h=\d\d/')),
            '/y=%Y/m=%m/d=%d/h=%H/'
        )
        from raw.landed_files
        where starts_with(file_path, $folder)
    )
) - to_hours($late_hours)
from raw.blob_listings
where folder = $folder and fully_listed_at > $now - to_hours($full_listing_hours);

-- How many landed blobs lie in hours that were passed over.
select count(*)
from raw.landed_files
anti join listed_files using (file_path)
where len(list_filter($folders, lambda folder: starts_with(file_path, folder))) > 0;

-- Where the blobs of a batch lie on this machine. A blob is what it was when it was read, which may
-- be later than when it was listed.
update batch_files
set
    local_path = fetched.local_path,
    size_bytes = fetched.size_bytes,
    file_modified_at = fetched.file_modified_at,
    etag = fetched.etag
from fetched
where batch_files.file_path = fetched.file_path;

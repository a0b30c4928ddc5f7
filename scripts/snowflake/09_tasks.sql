-- Lands every ten minutes: first the files, then their records. As the role `loader`. A run that takes
-- longer is not overtaken by the next one.
use role loader;
use database azure_flows;

create task if not exists landing.load_documents
    warehouse = loading
    schedule = '10 minutes'
    allow_overlapping_execution = false
as
    call landing.load_documents();

create task if not exists landing.split_documents
    warehouse = loading
    after landing.load_documents
as
    call landing.split_documents();

-- made suspended; the one that starts the other comes last
alter task landing.split_documents resume;

alter task landing.load_documents resume;

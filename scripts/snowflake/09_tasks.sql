-- Lands every hour: first the files, then their records. As the role `loader`. A run that takes longer
-- is not overtaken by the next one.
--
-- Ten minutes past the hour the blobs of the last hour are complete, and most of the text is read once.
-- Each run costs an X-Small warehouse some three minutes, the one to its suspension included: 1.2 credits
-- a day. Every ten minutes would be 7 credits a day, and read a blob that grows for an hour 3.5 times.
use role loader;
use database azure_flows;

create task if not exists landing.load_documents
    warehouse = loading
    schedule = 'using cron 10 * * * * UTC'
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

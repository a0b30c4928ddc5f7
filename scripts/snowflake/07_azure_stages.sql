-- One stage per container of one storage account, at its root: the path of a file in its stage is then
-- its path in the container. As the role `loader`, once for each account (03_azure_integration.sql):
--
--     snow sql -f scripts/snowflake/07_azure_stages.sql -D storage_account=mylogs
--
-- Then delete from landing.sources what you have no container for: a container that is not there is
-- told by every build.
use role loader;
use database azure_flows;

-- A file is one text, byte for byte: no delimiter, no quote and no backslash means anything. Read as
-- JSON, a torn file would be refused whole, and one byte too many hides an hour.
create file format if not exists landing.whole_file
    type = csv
    compression = auto
    record_delimiter = none
    field_delimiter = none
    escape = none
    escape_unenclosed_field = none
    field_optionally_enclosed_by = none
    trim_space = false
    skip_blank_lines = false
    null_if = ()
    empty_field_as_null = false
    replace_invalid_characters = false
    skip_byte_order_mark = true
    encoding = 'UTF8';

create stage if not exists landing.nsg_flow_logs_&{storage_account}
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-logs-networksecuritygroupflowevent/'
    storage_integration = azure_flows_&{storage_account};

create stage if not exists landing.vnet_flow_logs_&{storage_account}
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-logs-flowlogflowevent/'
    storage_integration = azure_flows_&{storage_account};

create stage if not exists landing.activity_logs_&{storage_account}
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-activity-logs/'
    storage_integration = azure_flows_&{storage_account};

create stage if not exists landing.collect_&{storage_account}
    url = 'azure://&{storage_account}.blob.core.windows.net/collect/'
    storage_integration = azure_flows_&{storage_account};

-- The files of an account are named by their URLs, so that those of two accounts differ.
insert into landing.sources (stage, folder, raw_table, pattern)
select
    'landing.' || added.stage || '_&{storage_account}',
    'https://&{storage_account}.blob.core.windows.net/' || added.container || '/',
    added.raw_table,
    added.folder || '.*[.](json|jsonl|ndjson)([.]gz)?'
from (
    select column1 as stage, column2 as container, column3 as raw_table, column4 as folder
    from values
        ('nsg_flow_logs', 'insights-logs-networksecuritygroupflowevent', 'flow_logs', ''),
        ('vnet_flow_logs', 'insights-logs-flowlogflowevent', 'flow_logs', ''),
        ('activity_logs', 'insights-activity-logs', 'operation_logs', ''),
        ('collect', 'collect', 'network_interfaces', '(.*/)?network_interfaces/'),
        ('collect', 'collect', 'virtual_machines', '(.*/)?virtual_machines/'),
        ('collect', 'collect', 'virtual_networks', '(.*/)?virtual_networks/')
) as added
where not exists (
    select sources.stage
    from landing.sources as sources
    where
        sources.stage = 'landing.' || added.stage || '_&{storage_account}'
        and sources.raw_table = added.raw_table
);

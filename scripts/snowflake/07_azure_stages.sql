-- One stage per container, at its root: the path of a file in its stage is then its path in the
-- container. As the role `loader`:
--
--     snow sql -f scripts/snowflake/07_azure_stages.sql -D storage_account=mylogs
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

create stage if not exists landing.nsg_flow_logs
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-logs-networksecuritygroupflowevent/'
    storage_integration = azure_flows;

create stage if not exists landing.vnet_flow_logs
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-logs-flowlogflowevent/'
    storage_integration = azure_flows;

create stage if not exists landing.activity_logs
    url = 'azure://&{storage_account}.blob.core.windows.net/insights-activity-logs/'
    storage_integration = azure_flows;

create stage if not exists landing.collect
    url = 'azure://&{storage_account}.blob.core.windows.net/collect/'
    storage_integration = azure_flows;

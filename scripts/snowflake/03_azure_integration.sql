-- Lets Snowflake read the containers of one storage account. As ACCOUNTADMIN, once for each account:
-- Azure writes flow logs into the region of what they are of, so an estate often has several.
--
--     snow sql -f scripts/snowflake/03_azure_integration.sql \
--         -D azure_tenant_id=… -D storage_account=mylogs
--
-- Then open the AZURE_CONSENT_URL that the last statement shows, and give the application named by
-- AZURE_MULTI_TENANT_APP_NAME the role Storage Blob Data Reader on the account.
use role accountadmin;

create storage integration if not exists azure_flows_&{storage_account}
    type = external_stage
    storage_provider = 'AZURE'
    enabled = true
    azure_tenant_id = '&{azure_tenant_id}'
    storage_allowed_locations = (
        'azure://&{storage_account}.blob.core.windows.net/insights-logs-networksecuritygroupflowevent/',
        'azure://&{storage_account}.blob.core.windows.net/insights-logs-flowlogflowevent/',
        'azure://&{storage_account}.blob.core.windows.net/insights-activity-logs/',
        'azure://&{storage_account}.blob.core.windows.net/collect/'
    );

grant usage on integration azure_flows_&{storage_account} to role loader;

describe integration azure_flows_&{storage_account};

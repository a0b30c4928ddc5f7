-- Lets Snowflake read the containers of one storage account. Run it once, as ACCOUNTADMIN:
--
--     snow sql -f scripts/snowflake/03_azure_integration.sql \
--         -D azure_tenant_id=… -D storage_account=mylogs
--
-- Then open the AZURE_CONSENT_URL that the last statement shows, and give the application named by
-- AZURE_MULTI_TENANT_APP_NAME the role Storage Blob Data Reader on the account.
use role accountadmin;

create storage integration if not exists azure_flows
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

grant usage on integration azure_flows to role loader;

describe integration azure_flows;

-- Three roles, two warehouses and two service users. Run it once, as ACCOUNTADMIN:
--
--     snow sql -f scripts/snowflake/01_roles_and_warehouses.sql \
--         -D loader_public_key=MIIB… -D transformer_public_key=MIIB…
--
-- The keys are public ones, without their BEGIN and END lines: docs/snowflake.md says how to make them.
-- The names are those that profiles/profiles.yml has for defaults.
use role accountadmin;

create role if not exists loader comment = 'lands Azure''s files into raw';
create role if not exists transformer comment = 'runs dbt: reads raw, makes everything else';
create role if not exists reader comment = 'reads the marts';

-- so that administrators see what the roles own
grant role loader to role sysadmin;
grant role transformer to role sysadmin;
grant role reader to role sysadmin;

-- A limit for each warehouse, so that the one does not stop the other. An X-Small costs a credit an hour,
-- and runs for a minute after its last statement:
--   loading: 24 runs a day of three minutes are 1.2 credits, 36 a month;
--   transforming: 24 builds of four minutes are 1.6 credits, 48 a month; a larger warehouse costs more.
-- What was not landed while a warehouse stood still is landed once it may run again.
create resource monitor if not exists azure_flows_loading
    with credit_quota = 60 frequency = monthly start_timestamp = immediately
    triggers on 75 percent do notify on 100 percent do suspend;

create resource monitor if not exists azure_flows_transforming
    with credit_quota = 100 frequency = monthly start_timestamp = immediately
    triggers on 75 percent do notify on 100 percent do suspend;

create warehouse if not exists loading
    warehouse_size = xsmall auto_suspend = 60 auto_resume = true initially_suspended = true
    resource_monitor = azure_flows_loading;

create warehouse if not exists transforming
    warehouse_size = xsmall auto_suspend = 60 auto_resume = true initially_suspended = true
    resource_monitor = azure_flows_transforming;

grant usage on warehouse loading to role loader;
grant usage on warehouse transforming to role transformer;

-- landing runs as a task
grant execute task on account to role loader;

-- users without a password: a service can use its key alone. Sessions in UTC: a time without a zone is one.
create user if not exists azure_flows_loader
    type = service default_role = loader default_warehouse = loading timezone = 'UTC'
    rsa_public_key = '&{loader_public_key}';

create user if not exists azure_flows_transformer
    type = service default_role = transformer default_warehouse = transforming timezone = 'UTC'
    rsa_public_key = '&{transformer_public_key}';

grant role loader to user azure_flows_loader;
grant role transformer to user azure_flows_transformer;

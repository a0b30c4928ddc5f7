-- The database, its schemas, and who may do what in them. Run it once, as SYSADMIN or above.
use role sysadmin;

create database if not exists azure_flows;

-- loader: what was delivered
create schema if not exists azure_flows.raw;
create schema if not exists azure_flows.landing;

-- transformer: what dbt makes of it. `state` and `history` outlive every rebuild.
create schema if not exists azure_flows.staging;
create schema if not exists azure_flows.intermediate;
create schema if not exists azure_flows.marts;
create schema if not exists azure_flows.reference;
create schema if not exists azure_flows.state;
create schema if not exists azure_flows.history;
create schema if not exists azure_flows.analytics;

grant usage on database azure_flows to role loader;
grant usage on database azure_flows to role transformer;
grant usage on database azure_flows to role reader;

-- dbt says `create schema if not exists` of schemas that are there, too
grant create schema on database azure_flows to role transformer;

-- what comes later must be readable at once; said before the schemas change hands
use role securityadmin;

grant usage on schema azure_flows.raw to role transformer;
grant select on future tables in schema azure_flows.raw to role transformer;

grant usage on schema azure_flows.marts to role reader;
grant select on future tables in schema azure_flows.marts to role reader;
grant select on future views in schema azure_flows.marts to role reader;
grant usage on schema azure_flows.history to role reader;
grant select on future tables in schema azure_flows.history to role reader;

grant ownership on schema azure_flows.raw to role loader copy current grants;
grant ownership on schema azure_flows.landing to role loader copy current grants;
grant ownership on schema azure_flows.staging to role transformer copy current grants;
grant ownership on schema azure_flows.intermediate to role transformer copy current grants;
grant ownership on schema azure_flows.marts to role transformer copy current grants;
grant ownership on schema azure_flows.reference to role transformer copy current grants;
grant ownership on schema azure_flows.state to role transformer copy current grants;
grant ownership on schema azure_flows.history to role transformer copy current grants;
grant ownership on schema azure_flows.analytics to role transformer copy current grants;

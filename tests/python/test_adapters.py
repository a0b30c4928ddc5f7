"""Tables of SnowAlert, CloudQuery and Steampipe in place of landed files: the same answers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from scripts.compiled import CompiledProject, compile_project
from scripts.dbt_runner import _DBT
from scripts.demo import write_demo_estate
from scripts.landing import land
from scripts.settings import Settings
from tests.python.conftest import ROOT, Models

# The demo's own inventories and events, as each product would have stored them.
SHAPES = {
    "snowalert": """
        create schema data;
        create table data.azure_collect_network_interfaces as
        select
            (resource ->> 'recorded_at')::timestamptz as recorded_at,
            resource ->> 'tenant_id' as tenant_id,
            resource ->> 'subscription_id' as subscription_id,
            null::json as error,
            resource ->> 'id' as id,
            resource ->> 'etag' as etag,
            resource ->> 'name' as name,
            resource ->> 'location' as location,
            resource -> 'properties' as properties,
            resource -> 'tags' as tags,
            resource ->> 'type' as type,
            null::varchar as managed_by
        from raw.network_interfaces;
        create table data.azure_collect_virtual_machines as
        select
            (resource ->> 'recorded_at')::timestamptz as recorded_at,
            resource ->> 'tenant_id' as tenant_id,
            resource ->> 'subscription_id' as subscription_id,
            null::json as error,
            resource ->> 'id' as id,
            resource ->> 'location' as location,
            resource ->> 'name' as name,
            resource -> 'properties' as properties,
            resource -> 'tags' as tags,
            resource ->> 'type' as type
        from raw.virtual_machines;
        create table data.azure_log_default_operation_connection as
        select event as raw, file_modified_at::timestamptz as loaded_on from raw.operation_logs;
    """,
    "cloudquery": """
        create schema public;
        create table public.azure_network_interfaces as
        select
            (resource ->> 'recorded_at')::timestamp as _cq_sync_time,
            resource ->> 'subscription_id' as subscription_id,
            resource ->> 'id' as id,
            resource ->> 'location' as location,
            resource -> 'properties' as properties,
            resource -> 'tags' as tags,
            resource ->> 'name' as name,
            resource ->> 'type' as type
        from raw.network_interfaces;
        create table public.azure_compute_virtual_machines as
        select
            (resource ->> 'recorded_at')::timestamp as _cq_sync_time,
            resource ->> 'subscription_id' as subscription_id,
            resource ->> 'id' as id,
            resource ->> 'location' as location,
            resource -> 'properties' as properties,
            resource -> 'tags' as tags,
            resource ->> 'name' as name,
            resource ->> 'type' as type
        from raw.virtual_machines;
        create table public.azure_network_virtual_networks as
        select
            (resource ->> 'recorded_at')::timestamp as _cq_sync_time,
            resource ->> 'subscription_id' as subscription_id,
            resource ->> 'id' as id,
            resource ->> 'location' as location,
            resource -> 'properties' as properties,
            resource -> 'tags' as tags,
            resource ->> 'name' as name,
            resource ->> 'type' as type
        from raw.virtual_networks;
    """,
    "steampipe": """
        create schema steampipe;
        create table steampipe.azure_network_interface as
        select
            (resource ->> 'recorded_at')::timestamptz as recorded_at,
            resource ->> 'name' as name,
            resource ->> 'id' as id,
            resource ->> 'type' as type,
            resource ->> '$.properties.provisioningState' as provisioning_state,
            (resource ->> '$.properties.enableIPForwarding')::boolean as enable_ip_forwarding,
            resource ->> '$.properties.macAddress' as mac_address,
            resource ->> '$.properties.networkSecurityGroup.id' as network_security_group_id,
            resource ->> '$.properties.resourceGuid' as resource_guid,
            resource ->> '$.properties.virtualMachine.id' as virtual_machine_id,
            resource -> '$.properties.ipConfigurations' as ip_configurations,
            resource -> '$.properties.privateEndpoint' as private_endpoint,
            resource -> '$.properties.privateLinkService' as private_link_service,
            resource -> 'tags' as tags,
            lower(resource ->> 'location') as region,
            resource ->> 'subscription_id' as subscription_id
        from raw.network_interfaces;
        create table steampipe.azure_compute_virtual_machine as
        select
            (resource ->> 'recorded_at')::timestamptz as recorded_at,
            resource ->> 'name' as name,
            resource ->> 'id' as id,
            resource ->> 'type' as type,
            resource ->> '$.properties.provisioningState' as provisioning_state,
            resource ->> '$.properties.vmId' as vm_id,
            resource -> '$.properties.networkProfile.networkInterfaces' as network_interfaces,
            resource -> 'tags' as tags,
            lower(resource ->> 'location') as region,
            resource ->> 'subscription_id' as subscription_id
        from raw.virtual_machines;
        create table steampipe.azure_virtual_network as
        select
            (resource ->> 'recorded_at')::timestamptz as recorded_at,
            resource ->> 'name' as name,
            resource ->> 'id' as id,
            resource ->> 'type' as type,
            resource -> '$.properties.addressSpace.addressPrefixes' as address_prefixes,
            resource -> '$.properties.subnets' as subnets,
            resource -> '$.properties.virtualNetworkPeerings' as network_peerings,
            resource -> 'tags' as tags,
            lower(resource ->> 'location') as region,
            resource ->> 'subscription_id' as subscription_id
        from raw.virtual_networks;
    """,
}
INPUTS = ("network_interfaces", "virtual_machines", "virtual_networks", "operation_logs")
# Each adapter once, and with each other.
CHOICES = (
    ("snowalert", "cloudquery", "steampipe", "snowalert"),
    ("cloudquery", "steampipe", "cloudquery", "raw"),
    ("steampipe", "snowalert", "raw", "raw"),
)
# The tenant stands in no table of CloudQuery's or Steampipe's; the file is the adapter's own.
WINDOWS = "select * exclude (tenant_id) from marts.dim_nic_ip_windows order by all"
ANSWERS = "select * exclude (tenant_id, loaded_at) from marts.fct_flows order by flow_id"


@dataclass(frozen=True)
class Adapted:
    """A project compiled for one choice of products."""

    choice: tuple[str, ...]
    project: CompiledProject

    def land(self, raw_dir: Path, home: Path) -> Settings:
        """Land an estate, and move its inventories and events to the products' tables."""
        settings = Settings(self.project.new_database(home), raw_dir, threads=2)
        land(settings)
        with duckdb.connect(str(settings.database)) as database:
            database.execute("set timezone = 'UTC'")
            for product in SHAPES:
                database.execute(SHAPES[product])
            for table, product in zip(INPUTS, self.choice, strict=True):
                if product != "raw":
                    database.execute(f"delete from raw.{table}")
        return settings


@pytest.fixture(scope="module", params=CHOICES, ids="-".join)
def adapted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Adapted:
    variables = {
        f"{table}_from": product for table, product in zip(INPUTS, request.param, strict=True)
    }
    folder = tmp_path_factory.mktemp("adapted")
    return Adapted(request.param, compile_project(folder, variables=variables))


def rows(database: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_windows_and_answers_are_those_of_landed_files(
    adapted: Adapted, models: Models, tmp_path: Path
):
    raw_dir, home = tmp_path / "raw", tmp_path / "home"
    home.mkdir()
    write_demo_estate(raw_dir)
    landed = models.build(raw_dir, tmp_path)
    settings = adapted.land(raw_dir, home)
    adapted.project.build(settings)
    for sql in (WINDOWS, ANSWERS):
        expected = rows(landed, sql)
        assert expected
        assert rows(settings.database, sql) == expected


@pytest.mark.parametrize("adapted", CHOICES[:1], indirect=True, ids="-".join)
def test_errors_empty_lists_and_torn_listings_of_snowalert_close_nothing(
    adapted: Adapted, tmp_path: Path
):
    raw_dir = tmp_path / "raw"
    write_demo_estate(raw_dir)
    settings = adapted.land(raw_dir, tmp_path)
    adapted.project.build(settings)
    before = rows(settings.database, "select * from intermediate.int_nic_ends order by all")
    with duckdb.connect(str(settings.database)) as database:
        # an error and an empty list, each in place of a subscription's snapshot
        database.execute("""
            insert into data.azure_collect_network_interfaces
                (recorded_at, tenant_id, subscription_id, error)
            select distinct recorded_at + interval 1 hour, tenant_id, subscription_id,
                json '{"code": "AuthorizationFailed"}'
            from data.azure_collect_network_interfaces;
            insert into data.azure_collect_network_interfaces
                (recorded_at, tenant_id, subscription_id)
            select distinct recorded_at + interval 2 hour, tenant_id, subscription_id
            from data.azure_collect_network_interfaces
            where error is null;
            -- a listing whose second page failed, some seconds after the first
            create temp table first_page as
            select * from data.azure_collect_network_interfaces
            where id is not null
            qualify row_number() over (partition by subscription_id order by recorded_at, id) = 1;
            insert into data.azure_collect_network_interfaces
            select * replace (recorded_at + interval 210 minute as recorded_at) from first_page;
            insert into data.azure_collect_network_interfaces
            select * replace (
                recorded_at + interval 210 minute + interval 9 second as recorded_at,
                json '{"code": "TooManyRequests"}' as error, null as id, null as properties
            )
            from first_page;
        """)
    adapted.project.build(settings)
    assert rows(settings.database, "select * from intermediate.int_nic_ends order by all") == before


@pytest.mark.parametrize("adapted", CHOICES[:1], indirect=True, ids="-".join)
def test_a_delivery_in_one_row_of_snowalert_is_its_events(adapted: Adapted, tmp_path: Path):
    raw_dir = tmp_path / "raw"
    write_demo_estate(raw_dir)
    settings = adapted.land(raw_dir, tmp_path)
    events = "select event, loaded_at from staging.adapter_snowalert__operation_logs order by all"
    untimed = "select count(*) from staging.adapter_snowalert__events where event_at is null"
    adapted.project.build(settings)
    before = rows(settings.database, events)
    assert rows(settings.database, untimed) == [(0,)]
    with duckdb.connect(str(settings.database)) as database:
        database.execute("""
            create temp table deliveries as
            select json_object('records', json_group_array(raw)) as raw, loaded_on
            from data.azure_log_default_operation_connection
            group by loaded_on;
            delete from data.azure_log_default_operation_connection;
            insert into data.azure_log_default_operation_connection select * from deliveries;
            insert into data.azure_log_default_operation_connection values
                ('{"time": "yesterday"}', now()), ('{"records": [{}, 1]}', now()),
                ('{"records": []}', now());
        """)
    adapted.project.build(settings)
    assert len(before) > len(
        rows(settings.database, "select loaded_on from data.azure_log_default_operation_connection")
    )
    assert rows(settings.database, events) == before
    assert rows(settings.database, untimed) == [(3,)]


def test_an_unknown_product_is_one_sentence(tmp_path: Path):
    done = subprocess.run(
        [
            *_DBT,
            *("--quiet", "--log-path", str(tmp_path), "parse", "--target-path", str(tmp_path)),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
            *("--vars", "{virtual_networks_from: snowalert}"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert (
        "The variable virtual_networks_from is 'snowalert', and must be one of raw, cloudquery, "
        "steampipe."
    ) in done.stdout

"""A private single-node Ceph (monitor, object store, S3 gateway): a real S3, everything on loopback."""

import asyncio
import http.client
import json
import shutil
import signal
from asyncio.subprocess import Process
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

import boto3
from botocore.config import Config

from support.stack.install import REQUIREMENTS, advice
from support.stack.ports import Ports, is_free
from support.stack.processes import Workplace, answers, end
from support.stack.server import Server

READY_SECONDS = 120
ACCESS_KEY = "annextest"
SECRET_KEY = "annextestsecret"
# A store this full is made anew rather than used again.
WORN_OUT_BYTES = 1 << 30
CONFIGURATION = """\
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{monitor_port}/0]
mon_initial_members = a
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = cephx
auth_service_required = cephx
auth_client_required = cephx
auth_allow_insecure_global_id_reclaim = false
keyring = {home}/keyring
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
osd_crush_chooseleaf_type = 0
mon_warn_on_pool_no_redundancy = false
mon_data_avail_crit = 1
mon_data_avail_warn = 2
run_dir = {home}/run
# The path of a socket may be too long for a deep directory, and nothing here asks a daemon over one.
admin_socket =
pid_file =
log_file = {home}/log/$name.log
crash_dir = {home}/run
[mon]
mon_data = {home}/mon
mon_cluster_log_file = {home}/log/cluster.log
mon_osd_full_ratio = 0.97
mon_osd_nearfull_ratio = 0.90
mon_osd_backfillfull_ratio = 0.95
[osd]
osd_data = {home}/osd
osd_journal = {home}/osd/journal
osd_objectstore = bluestore
bluestore_block_size = 2147483648
bluestore_fsck_on_mount = false
bluestore_cache_autotune = false
bluestore_cache_size = 67108864
osd_memory_target = 939524096
osd_op_num_shards = 2
osd_class_load_list = *
osd_class_default_list = *
ms_bind_port_min = {object_port_min}
ms_bind_port_max = {object_port_max}
[client.rgw.a]
rgw_data = {home}/rgw
rgw_frontends = beast endpoint=127.0.0.1:{gateway_port}
rgw_rados_pool_pg_num_min = 4
rgw_enable_usage_log = false
rgw_thread_pool_size = 32
rgw_gc_obj_min_wait = 30
"""
OBJECT_PORT_MIN, OBJECT_PORT_MAX = 32_001, 32_700


class CephMissing(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Identity:
    """What a cluster cannot change after it was made."""

    fsid: str
    object_store_uuid: str
    monitor_port: int


class Cluster:
    """The three daemons over one directory, which may hold a cluster of an earlier run."""

    def __init__(self, place: Workplace, gateway_port: int) -> None:
        self.place = place
        self.home = place.directory
        self.configuration = self.home / "ceph.conf"
        self.identity_file = self.home / "identity.json"
        # Present only between a clean stop and the next start.
        self.clean_mark = self.home / "stopped-cleanly"
        self.gateway_port = gateway_port

    def stored_identity(self) -> Identity | None:
        """Return the earlier cluster's identity if it can be trusted and used again."""
        block = self.home / "osd" / "block"
        if not (self.clean_mark.is_file() and self.identity_file.is_file() and block.is_file()):
            return None
        identity = Identity(**json.loads(self.identity_file.read_text(encoding="utf-8")))
        is_worn_out = block.stat().st_blocks * 512 > WORN_OUT_BYTES
        return None if is_worn_out or not is_free(identity.monitor_port) else identity

    def write_configuration(self, identity: Identity) -> None:
        for name in ("mon", "osd", "rgw", "run", "log"):
            (self.home / name).mkdir(exist_ok=True)
        text = CONFIGURATION.format(
            home=self.home,
            fsid=identity.fsid,
            monitor_port=identity.monitor_port,
            gateway_port=self.gateway_port,
            object_port_min=OBJECT_PORT_MIN,
            object_port_max=OBJECT_PORT_MAX,
        )
        self.configuration.write_text(text, encoding="utf-8")

    async def tool(self, program: str, *arguments: str | Path) -> None:
        await self.place.run(program, "-c", self.configuration, *arguments)

    async def make_keys(self) -> None:
        """Make one key per daemon, with no more rights than it needs to run the cluster."""
        keyring = self.home / "keyring"
        everything = [word for kind in ("mon", "osd", "mgr") for word in ("--cap", kind, "allow *")]
        await self.place.run(
            "ceph-authtool", "--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"
        )
        for name in ("client.admin", "client.rgw.a"):
            await self.place.run("ceph-authtool", keyring, "--gen-key", "-n", name, *everything)
        profile = ("--cap", "mon", "allow profile osd", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        await self.place.run("ceph-authtool", keyring, "--gen-key", "-n", "osd.0", *profile)

    async def make_monitor(self, identity: Identity) -> None:
        monitors = self.home / "monmap"
        address = f"[v2:127.0.0.1:{identity.monitor_port}/0]"
        await self.place.run(
            "monmaptool", "--create", "--fsid", identity.fsid, "--addv", "a", address, monitors
        )
        await self.make_keys()
        keyring = self.home / "keyring"
        await self.tool("ceph-mon", "-f", "--mkfs", "-i", "a", "--monmap", monitors, "--keyring", keyring)

    async def make_object_store(self, identity: Identity) -> None:
        await self.tool("ceph", "--connect-timeout", "60", "osd", "new", identity.object_store_uuid)
        await self.tool("ceph-osd", "-f", "-i", "0", "--mkfs", "--osd-uuid", identity.object_store_uuid)

    async def daemon(self, program: str, *arguments: str) -> Process:
        return await self.place.spawn(program, "-c", self.configuration, "-f", *arguments)

    async def make_user(self) -> None:
        names = ("--uid=annex-test", "--display-name=annex-test")
        keys = (f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
        await self.tool("radosgw-admin", "user", "create", *names, *keys)

    async def gateway_is_up(self) -> bool:
        return await asyncio.to_thread(http_answers, self.gateway_port)


async def start(place: Workplace, ports: Ports) -> Server:
    """Start the cluster of an earlier run when it was stopped cleanly, else make a new one."""
    for requirement in REQUIREMENTS:
        if requirement.server == "S3" and requirement.missing_packages():
            raise CephMissing(advice(requirement.missing_packages()))
    cluster = Cluster(place, ports.take())
    identity = cluster.stored_identity()
    is_new = identity is None
    if identity is None:
        shutil.rmtree(place.directory)
        place.directory.mkdir()
        identity = Identity(str(uuid4()), str(uuid4()), ports.take())
    cluster.clean_mark.unlink(missing_ok=True)
    cluster.write_configuration(identity)
    return await _start_daemons(cluster, identity, is_new=is_new)


async def _start_daemons(cluster: Cluster, identity: Identity, *, is_new: bool) -> Server:
    if is_new:
        await cluster.make_monitor(identity)
        cluster.identity_file.write_text(json.dumps(asdict(identity)), encoding="utf-8")
    monitor = await cluster.daemon("ceph-mon", "-i", "a")
    await cluster.place.ready(monitor, partial(answers, identity.monitor_port), READY_SECONDS)
    if is_new:
        await cluster.make_object_store(identity)
    store = await cluster.daemon("ceph-osd", "-i", "0")
    gateway = await cluster.daemon("radosgw", "-n", "client.rgw.a")
    await cluster.place.ready(gateway, cluster.gateway_is_up, READY_SECONDS)
    endpoint = f"http://127.0.0.1:{cluster.gateway_port}"
    if is_new:
        await cluster.make_user()
        await asyncio.to_thread(touch_every_pool, endpoint)

    async def stop() -> None:
        # In this order and with patience: what a killed gateway watches, the store believes to be watched
        # for 30 s, and the next gateway's first bucket waits for that.
        ended = [await end(process, signal.SIGTERM) for process in (gateway, store, monitor)]
        if all(ended):
            cluster.clean_mark.touch()

    addresses = {
        "ANNEX_TEST_S3_URL": endpoint,
        "ANNEX_TEST_S3_ACCESS_KEY": ACCESS_KEY,
        "ANNEX_TEST_S3_SECRET_KEY": SECRET_KEY,
    }
    return Server("s3", addresses, (monitor.pid, store.pid, gateway.pid), stop)


def http_answers(port: int) -> bool:
    """Tell whether the gateway answers an anonymous request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def touch_every_pool(endpoint: str) -> None:
    """Make the gateway create its pools now: the first bucket and the first object take seconds."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 5}),
    )
    client.create_bucket(Bucket="warm-up")
    client.put_object(Bucket="warm-up", Key="object", Body=b"1")
    upload = client.create_multipart_upload(Bucket="warm-up", Key="parts")["UploadId"]
    client.abort_multipart_upload(Bucket="warm-up", Key="parts", UploadId=upload)
    client.delete_object(Bucket="warm-up", Key="object")
    client.delete_bucket(Bucket="warm-up")
    client.close()

import contextlib

import aio_pika
import asyncpg
import boto3
import pytest
import redis.asyncio
from botocore.config import Config
from botocore.exceptions import ClientError

from support.stack.addresses import S3Bucket
from support.stack.isolation import Buckets, Databases, RedisNumbers, Vhosts


async def make_shelf(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE shelf (book text); INSERT INTO shelf VALUES ('Emma')")
    await connection.close()


async def books(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["book"] for row in await connection.fetch("SELECT book FROM shelf ORDER BY book")]
    finally:
        await connection.close()


async def test_copies_of_a_template_are_apart(databases: Databases) -> None:
    template = await databases.template("shelf", make_shelf)
    first, second = await databases.create(template), await databases.create(template)
    connection = await asyncpg.connect(first)

    await connection.execute("INSERT INTO shelf VALUES ('Persuasion')")
    await connection.close()

    assert await books(first) == ["Emma", "Persuasion"]
    assert await books(second) == ["Emma"]


async def test_a_template_is_prepared_once(databases: Databases) -> None:
    first = await databases.template("prepared-once", make_shelf)
    second = await databases.template("prepared-once", make_shelf)

    assert first == second


async def test_a_dropped_database_is_gone_although_somebody_is_connected(databases: Databases) -> None:
    url = await databases.create()
    connection = await asyncpg.connect(url)

    await databases.drop(url)

    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
    connection.terminate()


async def test_a_fresh_database_is_postgresql_15_or_later(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    version = connection.get_server_version()
    await connection.close()

    assert version.major >= 15


async def test_a_queue_of_one_virtual_host_is_unknown_in_another(vhosts: Vhosts, rabbitmq_url: str) -> None:
    other_url = vhosts.create()
    async with await aio_pika.connect(rabbitmq_url) as one, await aio_pika.connect(other_url) as other:
        await (await one.channel()).declare_queue("letters", durable=True)
        other_channel = await other.channel()

        with pytest.raises(aio_pika.exceptions.ChannelNotFoundEntity):
            await other_channel.declare_queue("letters", passive=True)


async def test_a_confirmed_message_comes_back_from_a_quorum_queue(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        queue = await channel.declare_queue("letters", durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"dear reader"), "letters", mandatory=True)

        message = await queue.get(timeout=30)
        await message.ack()

        assert message.body == b"dear reader"


async def test_two_redis_databases_do_not_share_keys(redis_numbers: RedisNumbers, redis_url: str) -> None:
    one = redis.asyncio.from_url(redis_url)
    other = redis.asyncio.from_url(redis_numbers.create())

    await one.set("colour", "green")

    assert await one.get("colour") == b"green"
    assert await other.get("colour") is None
    await one.aclose()
    await other.aclose()


def put(bucket: S3Bucket, secret_key: str, body: bytes) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=secret_key,
        region_name=bucket.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    with contextlib.closing(client):
        client.put_object(Bucket=bucket.name, Key="letter", Body=body, IfNoneMatch="*")


def test_the_object_store_refuses_a_second_create(s3_bucket: S3Bucket) -> None:
    put(s3_bucket, s3_bucket.secret_key, b"first")

    with pytest.raises(ClientError, match="PreconditionFailed"):
        put(s3_bucket, s3_bucket.secret_key, b"second")


def test_the_object_store_checks_the_secret(s3_bucket: S3Bucket) -> None:
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        put(s3_bucket, "not-the-secret", b"forged")


def test_a_dropped_bucket_is_gone_with_its_objects(buckets: Buckets) -> None:
    bucket = buckets.create()
    put(bucket, bucket.secret_key, b"short-lived")

    buckets.drop(bucket)

    with pytest.raises(ClientError, match="NoSuchBucket"):
        put(bucket, bucket.secret_key, b"late")

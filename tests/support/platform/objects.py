"""What lies in a bucket, read past the registry."""

import hashlib
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from support.stack.addresses import S3Bucket

if TYPE_CHECKING:
    from types_boto3_s3.client import S3Client  # pragma: no cover


def objects_in(bucket: S3Bucket) -> dict[str, str]:
    """Return every object's key and the SHA-256 of its bytes, as hex."""
    client: S3Client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint_url,
        aws_access_key_id=bucket.access_key,
        aws_secret_access_key=bucket.secret_key,
        region_name=bucket.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket.name)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return {key: _digest(client, bucket.name, key) for key in keys}
    finally:
        client.close()


def _digest(client: "S3Client", bucket: str, key: str) -> str:
    return hashlib.sha256(client.get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest()

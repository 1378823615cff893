"""The servers as tests see them: where they are and with which credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit, urlunsplit

MANAGEMENT_PORT = 15672


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """``url`` opens the maintenance database as a superuser."""

    url: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        return cls(variables["ANNEX_TEST_DATABASE_URL"])

    def database_url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))


@dataclass(frozen=True, slots=True)
class RabbitmqServer:
    """``url`` is the default virtual host; ``management_url`` carries the same credentials."""

    url: str
    management_url: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        url = variables["ANNEX_TEST_RABBITMQ_URL"]
        return cls(url, variables.get("ANNEX_TEST_RABBITMQ_MANAGEMENT_URL") or cls._usual_management(url))

    @staticmethod
    def _usual_management(url: str) -> str:
        parts = urlsplit(url)
        user, password = parts.username or "guest", parts.password or "guest"
        return f"http://{user}:{password}@{parts.hostname}:{MANAGEMENT_PORT}"

    def vhost_url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))


@dataclass(frozen=True, slots=True)
class RedisServer:
    """``url`` names no database."""

    url: str

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        return cls(urlunsplit(urlsplit(variables["ANNEX_TEST_REDIS_URL"])._replace(path="")))

    def database_url(self, number: int) -> str:
        return f"{self.url}/{number}"


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server that checks signatures; path-style addresses, region ``us-east-1``."""

    endpoint_url: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        return cls(
            variables["ANNEX_TEST_S3_URL"].rstrip("/"),
            variables["ANNEX_TEST_S3_ACCESS_KEY"],
            variables["ANNEX_TEST_S3_SECRET_KEY"],
        )


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """One empty bucket and what is needed to use it."""

    endpoint_url: str
    region: str
    access_key: str
    secret_key: str
    name: str

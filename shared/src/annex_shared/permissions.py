"""Permissions a principal may hold within a tenant or, for publishing, a publisher namespace."""

from enum import StrEnum


class Permission(StrEnum):
    EXTENSION_READ = "extension:read"
    EXTENSION_WRITE = "extension:write"
    EXTENSION_PUBLISH = "extension:publish"
    EXTENSION_DEBUG = "extension:debug"
    PLATFORM_ADMIN = "platform:admin"

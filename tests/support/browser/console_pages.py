"""Every page of the console with an address to look at it."""

from typing import Final

# Stands for the id of an execution that the test made.
EXECUTION: Final = "{execution}"
# An id that no execution has; fixed, so that every process names the case alike.
UNKNOWN: Final = "0190a000-0000-7000-8000-00000000dead"
# An extension that the test publishes and nobody installs.
WAITING: Final = "acme-pages/waiting"
# The name of a page and its address; whoever adds a page adds it here.
PAGES: Final = {
    "sign-in": "/sign-in",
    "device": "/device",
    "not-found": "/t/dev/nowhere",
    "extensions": "/t/dev/extensions",
    "catalogue": "/t/dev/extensions?show=catalogue",
    "overview": "/t/dev/extensions/annex-demo/hello",
    "executions": "/t/dev/executions?range=30d",
    "execution": f"/t/dev/executions/{EXECUTION}",
    "execution-unknown": f"/t/dev/executions/{UNKNOWN}",
    "extension-executions": "/t/dev/extensions/annex-demo/hello/executions?class=5xx&slower=1s",
    "live-debug": "/t/dev/extensions/annex-demo/hello/debug",
    "usage": "/t/dev/usage",
    "open": "/t/dev/extensions/annex-demo/hello/open",
    "versions": "/t/dev/extensions/annex-demo/hello/versions",
    "version": "/t/dev/extensions/annex-demo/hello/versions/1.0.0",
    "publish": "/t/dev/publish",
    "install": f"/t/dev/extensions/{WAITING}/install?step=capabilities",
    "capabilities": "/t/dev/extensions/annex-demo/hello/capabilities",
    "configuration": "/t/dev/extensions/annex-demo/hello/configuration",
    "secrets": "/t/dev/extensions/annex-demo/hello/secrets",
    "controls": "/t/dev/extensions/annex-demo/hello/controls",
    "activity": "/t/dev/extensions/annex-demo/hello/activity",
    "manage": "/t/dev/extensions/annex-demo/hello/manage",
    "upgrade": "/t/dev/extensions/annex-demo/hello/upgrade",
    "rollback": "/t/dev/extensions/annex-demo/hello/rollback",
    "secrets-due": "/t/dev/secrets-due",
    "quotas": "/t/dev/settings/quotas",
    "kill-switches": "/t/dev/settings/kill-switches",
    "api-keys": "/t/dev/settings/api-keys",
    "members": "/t/dev/settings/members",
    "audit": "/t/dev/settings/audit",
    "tenant-controls": "/t/dev/settings/controls",
}
# What a browser says of an answer that the page is about.
EXPECTED: Final = {
    "execution-unknown": "Failed to load resource: the server responded with a status of 404 (Not Found)",
}

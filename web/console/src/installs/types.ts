/** What the gateway tells about installs and versions. */

import type { components } from "../api/schema.d.ts";

export type InstallView = components["schemas"]["InstallView"];
export type InstallState = components["schemas"]["InstallStateView"];
export type VersionRow = components["schemas"]["VersionRow"];
export type VersionDetail = components["schemas"]["VersionDetail"];
export type SecretView = components["schemas"]["SecretView"];

/** The generated types say that a field with a default is always there; of what is sent it may be left out. */
export type Sent<Body> = Partial<Body>;
export type ChangeInstall = Sent<components["schemas"]["ChangeInstall"]>;
export type CreateInstall = Sent<components["schemas"]["CreateInstall"]> & { readonly extension: string };
export type RollBackInstall = Sent<components["schemas"]["RollBackInstall"]>;

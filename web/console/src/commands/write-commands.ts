/** Every change the console makes that the CLI makes too, as its command: action → words. */

import { isGrantedAnyway, shortName } from "../consent/capability-words.ts";
import type { AnnexCommand } from "./annex-command.ts";

export interface Wish {
  readonly extension: string;
  readonly version: string;
  readonly grants?: readonly string[];
  readonly denied?: readonly string[];
  /** Absent: those it declares; empty: none. */
  readonly hosts?: readonly string[] | undefined;
}

export interface ControlsPlace {
  readonly kind: "own" | "own-extension" | "platform" | "tenant" | "tenant-extension";
  readonly extension?: string | undefined;
  readonly tenantId?: string | undefined;
}

type Values = Readonly<Record<string, unknown>>;

const PIPED = "--from-stdin";

export const writeCommands = {
  /** Of a file in the folder where the command is typed. */
  publish: (fileName: string): AnnexCommand => [
    "publish",
    fileName.startsWith("-") ? `./${fileName}` : fileName,
  ],
  install: (wish: Wish): AnnexCommand => ["install", `${wish.extension}@${wish.version}`, ...decided(wish)],
  upgrade: (wish: Wish): AnnexCommand => ["upgrade", wish.extension, "--to", wish.version, ...decided(wish)],
  rollback: (extension: string, version: string, keepsConfig: boolean): AnnexCommand => [
    "rollback",
    extension,
    "--to",
    version,
    ...(keepsConfig ? ["--keep-config"] : []),
  ],
  enable: (extension: string): AnnexCommand => ["enable", extension],
  disable: (extension: string): AnnexCommand => ["disable", extension],
  pin: (extension: string): AnnexCommand => ["pin", extension],
  unpin: (extension: string): AnnexCommand => ["pin", extension, "--undo"],
  uninstall: (extension: string): AnnexCommand => ["uninstall", extension],
  setConfig: (extension: string, set: Values, revision: number): AnnexCommand => [
    "config",
    "set",
    extension,
    ...Object.entries(set).map(([key, value]) => settingWord(key, value)),
    "--if-version",
    String(revision),
  ],
  unsetConfig: (extension: string, keys: readonly string[], revision: number): AnnexCommand => [
    "config",
    "unset",
    extension,
    ...keys,
    "--if-version",
    String(revision),
  ],
  /** A value is never an argument. */
  setSecret: (
    extension: string,
    name: string,
    expiresAt?: string,
    hosts: readonly string[] = [],
  ): AnnexCommand => [
    "secrets",
    "set",
    extension,
    name,
    PIPED,
    ...(expiresAt === undefined ? [] : ["--expires-at", expiresAt]),
    ...hosts.flatMap((host) => ["--host", host]),
  ],
  rotateSecret: (extension: string, name: string): AnnexCommand => [
    "secrets",
    "rotate",
    extension,
    name,
    PIPED,
  ],
  deleteSecret: (extension: string, name: string): AnnexCommand => ["secrets", "delete", extension, name],
  setControls: (place: ControlsPlace, words: readonly string[], reason: string): AnnexCommand => [
    "controls",
    "set",
    ...placeWords(place),
    ...words,
    "--reason",
    reason,
  ],
  turnOnKillSwitch: (target: readonly string[], reason: string): AnnexCommand => [
    "kill-switch",
    "on",
    ...target,
    "--reason",
    reason,
  ],
  turnOffKillSwitch: (target: readonly string[], reason: string): AnnexCommand => [
    "kill-switch",
    "off",
    ...target,
    "--reason",
    reason,
  ],
} as const;

function decided(wish: Wish): readonly string[] {
  const list = (flag: string, names: readonly string[] = []) =>
    names.length === 0 ? [] : [flag, names.map(shortName).join(",")];
  // What every install has anyway is not asked for, and so not answered.
  const granted = wish.grants?.filter((name) => !isGrantedAnyway(name));
  const hosts = wish.hosts?.length === 0 ? ["none"] : (wish.hosts ?? []);
  return [
    ...list("--grant", granted),
    ...list("--deny", wish.denied),
    ...hosts.flatMap((host) => ["--egress", host]),
  ];
}

/** `limit:=5` for what is not a text: the CLI reads the value as JSON. */
function settingWord(key: string, value: unknown): string {
  return typeof value === "string" ? `${key}=${value}` : `${key}:=${JSON.stringify(value)}`;
}

function placeWords(place: ControlsPlace): readonly string[] {
  switch (place.kind) {
    case "own":
      return ["--tenant-wide"];
    case "own-extension":
      return [place.extension ?? ""];
    case "platform":
      return ["--platform"];
    case "tenant":
      return ["--of-tenant", place.tenantId ?? ""];
    case "tenant-extension":
      return [place.extension ?? "", "--of-tenant", place.tenantId ?? ""];
  }
}

import { useQueries, useQuery } from "@tanstack/react-query";
import { ask } from "../api/ask.ts";
import { answerOf, api } from "../api/client.ts";
import { readConfig } from "../config.ts";
import type { Bytes } from "../log/bytes.ts";
import { LogReader } from "../log/log-reader.ts";
import { browserLogMemory } from "../log/remembered-log.ts";
import { type ProofBadge, proofBadge } from "./badge.ts";
import type { Proof } from "./proof.ts";
import { proveVersion } from "./prove-version.ts";
import type { SignerFacts } from "./signer-facts.ts";
import type { VersionFacts } from "./version-facts.ts";

const { log: pinned } = readConfig();
const reader = pinned && new LogReader(pinned.vkey, readLog, browserLogMemory);
/** Proofs hold as long as the log goes on; the log's newest checkpoint is looked at this often. */
const LOG_AGE_MS = 60_000;

async function readLog(path: string): Promise<Bytes> {
  // The checkpoint is asked of the gateway itself: a copy of a cache would be as old as it likes.
  const cache = path === "checkpoint" ? "no-cache" : "default";
  return new Uint8Array(await (await ask(`/log/${path}`, { cache })).arrayBuffer());
}

const unpinned: Proof = { kind: "unchecked", reason: "No log key is set for this console." };
const pending: Proof = { kind: "unchecked", reason: "The check is still running." };

/** The badges of versions of one publisher, in their order; while a check runs, `Not checked`. */
export function useProofBadges(versions: readonly VersionFacts[]): readonly ProofBadge[] {
  const checkpoint = useQuery({
    queryKey: ["log", "checkpoint"],
    queryFn: () => checkpointOrReason(),
    staleTime: LOG_AGE_MS,
    enabled: reader !== null,
  });
  const signers = useSigners(versions[0]?.extension.split("/", 1)[0] ?? null);
  const proofs = useQueries({
    queries: versions.map((facts) => ({
      queryKey: ["log", "proof", facts, checkpoint.dataUpdatedAt],
      queryFn: () => proofOf(facts),
      staleTime: Number.POSITIVE_INFINITY,
      enabled: reader !== null && checkpoint.data !== undefined,
    })),
  });
  return versions.map((facts, at) => {
    const proof = reader === null ? unpinned : (proofs[at]?.data ?? pending);
    return proofBadge(facts, proof, signers?.get(facts.signer ?? "") ?? null);
  });

  function proofOf(facts: VersionFacts): Promise<Proof> {
    const answer = checkpoint.data;
    if (reader === null || answer === undefined) return Promise.resolve(pending);
    const newest = async () => {
      if ("fault" in answer) throw answer.fault;
      return answer;
    };
    return proveVersion(facts, reader, newest);
  }
}

export function useProofBadge(facts: VersionFacts | null): ProofBadge | null {
  return useProofBadges(facts === null ? [] : [facts])[0] ?? null;
}

/** Lets the log be seen for the first time again, where its operator began it anew. */
export function startLogAnew(): void {
  reader?.startAnew();
}

/** A failure is a finding here, to be shown beside each version, and no failure of the page. */
async function checkpointOrReason() {
  try {
    return await (reader as LogReader).checkpoint();
  } catch (fault) {
    return { fault };
  }
}

function useSigners(publisher: string | null): ReadonlyMap<string, SignerFacts> | undefined {
  return useQuery({
    queryKey: ["publishers", publisher],
    queryFn: ({ signal }) => readSigners(publisher ?? "", signal),
    enabled: publisher !== null,
    staleTime: LOG_AGE_MS,
  }).data;
}

async function readSigners(slug: string, signal: AbortSignal): Promise<ReadonlyMap<string, SignerFacts>> {
  const path = { slug };
  const found = await answerOf(api.GET("/api/v1/publishers/{slug}", { params: { path }, signal }));
  const now = found.keys.map(({ key_id, added_at }) => ({
    keyId: key_id,
    validSince: added_at,
    revokedAt: null,
  }));
  const before = (found.revoked_keys ?? []).map(({ key_id, added_at, revoked_at }) => ({
    keyId: key_id,
    validSince: added_at,
    revokedAt: revoked_at,
  }));
  return new Map([...now, ...before].map((signer) => [signer.keyId, signer]));
}

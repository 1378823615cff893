import { useQueries, useQuery } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { LogReader } from "../log/log-reader.ts";
import { type ProofBadge, proofBadge } from "./badge.ts";
import { logReader } from "./log-of-console.ts";
import type { Proof } from "./proof.ts";
import { proveVersion } from "./prove-version.ts";
import type { SignerFacts } from "./signer-facts.ts";
import type { VersionFacts } from "./version-facts.ts";

/** Proofs hold as long as the log goes on; the log's newest checkpoint is looked at this often. */
const LOG_AGE_MS = 60_000;

const unpinned: Proof = { kind: "unchecked", reason: "No log key is set for this console." };
const pending: Proof = { kind: "unchecked", reason: "The check is still running." };

/** The badges of versions of one publisher, in their order; while a check runs, `Not checked`. */
export function useProofBadges(versions: readonly VersionFacts[]): readonly ProofBadge[] {
  const checkpoint = useQuery({
    queryKey: ["log", "checkpoint"],
    queryFn: () => checkpointOrReason(),
    staleTime: LOG_AGE_MS,
    enabled: logReader !== null,
  });
  const signers = useSigners(versions[0]?.extension.split("/", 1)[0] ?? null);
  const proofs = useQueries({
    queries: versions.map((facts) => ({
      queryKey: ["log", "proof", facts, checkpoint.dataUpdatedAt],
      queryFn: () => proofOf(facts),
      staleTime: Number.POSITIVE_INFINITY,
      enabled: logReader !== null && checkpoint.data !== undefined,
    })),
  });
  return versions.map((facts, at) => {
    const proof = logReader === null ? unpinned : (proofs[at]?.data ?? pending);
    return proofBadge(facts, proof, signers?.get(facts.signer ?? "") ?? null);
  });

  function proofOf(facts: VersionFacts): Promise<Proof> {
    const answer = checkpoint.data;
    if (logReader === null || answer === undefined) return Promise.resolve(pending);
    const newest = async () => {
      if ("fault" in answer) throw answer.fault;
      return answer;
    };
    return proveVersion(facts, logReader, newest);
  }
}

export function useProofBadge(facts: VersionFacts | null): ProofBadge | null {
  return useProofBadges(facts === null ? [] : [facts])[0] ?? null;
}

/** Lets the log be seen for the first time again, where its operator began it anew. */
export function startLogAnew(): void {
  logReader?.startAnew();
}

/** A failure is a finding here, to be shown beside each version, and no failure of the page. */
async function checkpointOrReason() {
  try {
    return await (logReader as LogReader).checkpoint();
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

import { AnnexError, gatewayApi, type HostPorts, storedState } from "@annex/iframe-sdk/host";
import { copyText, useToast } from "@annex/ui-kit";
import { useMemo } from "react";
import { ApiError } from "../api/api-error.ts";
import { answerOf, api } from "../api/client.ts";
import { useSession } from "../session/session-context.ts";
import type { Question } from "./use-question.tsx";

export interface HostWish {
  readonly extension: string;
  readonly installId: string;
  readonly navigate: (path: string, replace: boolean) => void;
  readonly ask: (question: Question, signal: AbortSignal) => Promise<boolean>;
  readonly guard: (isDirty: boolean) => void;
  /** A token or a call was refused: what is known of the install may be old. */
  readonly refused: (error: ApiError | null) => void;
}

/** What the console does for an extension's page: its own API and nothing else of the platform's. */
export function useHostPorts(wish: HostWish): HostPorts {
  const { extension, installId, navigate, ask, guard, refused } = wish;
  const { principal } = useSession();
  const toast = useToast();
  return useMemo(() => {
    const issueToken: HostPorts["issueToken"] = async ({ signal }) => {
      try {
        const path = { install: installId };
        const issued = await answerOf(
          api.POST("/api/v1/installs/{install}/ui-tokens", { params: { path }, signal }),
        );
        return { token: issued.token, expiresAt: issued.expires_at };
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        refused(error);
        throw asAnnexError(error);
      }
    };
    const call = gatewayApi({ installId, issueToken });
    return {
      issueToken,
      async callApi(request, options) {
        const answer = await call(request, options);
        if (answer.headers["x-annex-problem"] !== undefined) refused(null);
        return answer;
      },
      navigate: (path, { replace }) => navigate(path, replace),
      // Who speaks is said, so that a page's words are never taken for the console's.
      toast: ({ text }) => toast({ text: `${extension}: ${text}` }),
      confirm: ({ title, body, verb, danger }, { signal }) =>
        ask(
          {
            title: `${extension} asks: ${title}`,
            body: body ?? "",
            verb: verb ?? "Go on",
            danger: danger ?? false,
          },
          signal,
        ),
      async openExternal(url, { signal }) {
        const body = `${extension} wants to open this address: ${url}`;
        const isWanted = await ask(
          { title: "Leave for another site?", body, verb: "Open", danger: false },
          signal,
        );
        if (isWanted) window.open(url, "_blank", "noopener,noreferrer");
        return isWanted;
      },
      async writeClipboard(text) {
        if (!(await copyText(text)))
          throw new AnnexError("DENIED", "The browser does not let the console copy.");
      },
      state: storedState(localStorage, `annex.extension-state.${installId}.${principal.id}`),
      guard,
    };
  }, [extension, installId, navigate, ask, guard, refused, principal.id, toast]);
}

function asAnnexError(error: ApiError): AnnexError {
  const facts = { status: error.status, requestId: error.requestId ?? undefined, problem: error.code };
  if (error.status === 401) return new AnnexError("SESSION_ENDED", error.message, facts);
  if (error.isUnreachable) return new AnnexError("PLATFORM_UNAVAILABLE", error.message, facts);
  if (error.code === "PERMISSION_DENIED") return new AnnexError("PERMISSION_DENIED", error.message, facts);
  return new AnnexError("EXTENSION_UNAVAILABLE", error.message, facts);
}

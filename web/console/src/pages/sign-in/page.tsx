import { Alert, Button, Form, TextField } from "@annex/ui-kit";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../../api/api-error.ts";
import { SESSION_KEY } from "../../session/session-provider.tsx";
import { addressAfterSignIn } from "../../session/sign-in-address.ts";
import { ProblemFacts } from "../../states/failed.tsx";
import { type Credential, startSession } from "./start-session.ts";

const REASONS: Record<string, string> = {
  expired: "Your session is over. Sign in to go on where you were.",
  "signed-out": "You are signed out.",
};

export default function SignInPage() {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const signIn = useMutation({
    mutationFn: (credential: Credential) => startSession(credential),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: SESSION_KEY });
      await navigate(addressAfterSignIn(query), { replace: true });
    },
  });
  const { mutate } = signIn;
  useEffect(() => {
    document.title = "Sign in · Annex";
  }, []);
  const signInBy = useCallback((text: string) => mutate({ kind: "link", text }), [mutate]);
  useLinkOfAddress(signInBy);
  const reason = REASONS[query.get("reason") ?? ""];
  return (
    <div className="entrance">
      <main>
        <h1 className="annex-page-title">Sign in to Annex</h1>
        {reason && signIn.isIdle && <Alert>{reason}</Alert>}
        {signIn.isError && <Refused error={signIn.error} />}
        <KeyForm busy={signIn.isPending} send={(text) => mutate({ kind: "key", text })} />
      </main>
    </div>
  );
}

function KeyForm({ busy, send }: { busy: boolean; send: (text: string) => void }) {
  const submit = (data: FormData) => send(String(data.get("key") ?? "").trim());
  return (
    <Form onSubmit={submit}>
      <TextField
        name="key"
        type="password"
        label="API key or token"
        hint="A sign-in link signs you in by itself. With an API key or a token, paste it here; it is not kept."
        autoComplete="current-password"
        required
        autoFocus
      />
      <Button type="submit" variant="primary" size="large" busy={busy}>
        Sign in
      </Button>
    </Form>
  );
}

function Refused({ error }: { error: Error }) {
  return (
    <Alert tone="danger" title="You are not signed in">
      <p>{error.message}</p>
      {error instanceof ApiError && <ProblemFacts error={error} />}
    </Alert>
  );
}

/**
 * Uses a link that the address brings, also one pasted while this page is open, and takes it out of the address at
 * once, so that neither history nor a shared screen keeps it.
 */
function useLinkOfAddress(use: (link: string) => void): void {
  const location = useLocation();
  useEffect(() => {
    const link = new URLSearchParams(location.hash.slice(1)).get("link");
    if (link === null) return;
    window.history.replaceState(null, "", window.location.pathname);
    use(link);
  }, [location, use]);
}

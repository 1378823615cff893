/** Sign a device in: type the code it shows, see what it wants, approve or deny. */

import { Alert, Button, Checkbox, Form, RelativeTime, Stack, TextField } from "@annex/ui-kit";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useSession } from "../../session/session-context.ts";
import { PageHead } from "../../shell/page-head.tsx";
import { Refused } from "../../writing/refused.tsx";
import { type Decision, type DeviceLogin, useDecideDevice, useFindDevice } from "./use-device-login.ts";

type Permissions = NonNullable<Decision["permissions"]>;

const DAYS = 30;

export default function DevicePage() {
  const [query] = useSearchParams();
  const find = useFindDevice();
  const [typed, setTyped] = useState(query.get("user_code")?.slice(0, 20) ?? "");
  const { tenant } = useSession();
  return (
    <>
      <PageHead title="Sign in a device" subtitle={`It will act as you, in ${tenant.name}.`} />
      {find.data === undefined ? (
        <Form onSubmit={() => find.mutate(typed.trim())}>
          <TextField
            label="Code"
            hint="As the device shows it, such as QKTM-7F2R."
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            code
            required
            autoFocus
          />
          {find.isError && <Refused error={find.error} />}
          <Button type="submit" variant="primary" busy={find.isPending}>
            Continue
          </Button>
        </Form>
      ) : (
        <FoundDevice login={find.data} />
      )}
    </>
  );
}

function FoundDevice({ login }: { readonly login: DeviceLogin }) {
  const decide = useDecideDevice(login.user_code);
  const [granted, setGranted] = useState<Permissions>(login.givable_permissions as Permissions);
  const decided = decide.data ?? (login.status === "pending" ? undefined : login);
  if (decided !== undefined) return <Decided login={decided} />;
  return (
    <Stack>
      <Alert tone="warning" title={`“${login.device_name}” wants to sign in as you`}>
        <p>
          Nobody vouches for this name. Approve it only if you began this yourself just now, and the code{" "}
          <strong>{login.user_code}</strong> stands on that device. It expires{" "}
          <RelativeTime value={login.expires_at} />.
        </p>
      </Alert>
      <fieldset className="annex-form">
        <legend>It may</legend>
        {(login.wanted_permissions as Permissions).map((name) => {
          const isGivable = login.givable_permissions.includes(name);
          return (
            <Checkbox
              key={name}
              label={name}
              hint={isGivable ? undefined : "You do not hold this, so you cannot give it."}
              checked={granted.includes(name)}
              disabled={!isGivable}
              onChange={(checked) =>
                setGranted(checked ? [...granted, name] : granted.filter((one) => one !== name))
              }
            />
          );
        })}
      </fieldset>
      {decide.isError && <Refused error={decide.error} />}
      <div className="annex-page-actions">
        <Button
          variant="primary"
          busy={decide.isPending}
          disabled={granted.length === 0}
          onClick={() => decide.mutate({ decision: "approve", permissions: granted, days: DAYS })}
        >
          Approve for {DAYS} days
        </Button>
        <Button
          disabled={decide.isPending}
          onClick={() => decide.mutate({ decision: "deny", permissions: null, days: null })}
        >
          Deny
        </Button>
      </div>
    </Stack>
  );
}

function Decided({ login }: { readonly login: DeviceLogin }) {
  if (login.status === "denied") {
    return <Alert title="Denied">“{login.device_name}” got nothing. You can close this page.</Alert>;
  }
  return (
    <Alert tone="success" title="Approved">
      “{login.device_name}” may {login.granted_permissions?.join(", ")}. It goes on by itself; you can close
      this page. Its key is among your API keys and expires <RelativeTime value={login.key_expires_at} />.
    </Alert>
  );
}

/** What a key is now: open, ended, revoked, or about to end. */

import type { Tone } from "@annex/ui-kit";

export interface KeyTimes {
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly previous_until: string | null;
}

export interface KeyState {
  readonly text: string;
  readonly tone: Tone;
  readonly isOpen: boolean;
}

const SOON_MS = 7 * 86_400_000;

export function keyState(key: KeyTimes, now: Date): KeyState {
  if (key.revoked_at !== null) return { text: "Revoked", tone: "neutral", isOpen: false };
  const left =
    key.expires_at === null ? Number.POSITIVE_INFINITY : Date.parse(key.expires_at) - now.getTime();
  if (left <= 0) return { text: "Expired", tone: "neutral", isOpen: false };
  if (left <= SOON_MS) return { text: "Expires soon", tone: "warning", isOpen: true };
  return { text: "Active", tone: "success", isOpen: true };
}

/** Whether the secret before the last rotation still opens. */
export function hasOlderSecret(key: KeyTimes, now: Date): boolean {
  return key.previous_until !== null && Date.parse(key.previous_until) > now.getTime();
}

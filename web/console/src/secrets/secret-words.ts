/** What a secret's status means, in words and tone. */

import type { Tone } from "@annex/ui-kit";

interface Words {
  readonly text: string;
  readonly tone: Tone;
  readonly sentence: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  active: { text: "Active", tone: "success", sentence: "It is handed to the extension." },
  overdue: {
    text: "Overdue",
    tone: "warning",
    sentence: "It is older than a rotation policy allows, and still handed to the extension.",
  },
  refused: {
    text: "Withheld",
    tone: "danger",
    sentence: "It is overdue, and a policy withholds such secrets from the extension.",
  },
  expired: { text: "Expired", tone: "danger", sentence: "Its time is over; it is handed to nobody." },
};

export function secretWords(status: string): Words {
  return WORDS[status] ?? { text: status, tone: "neutral", sentence: "" };
}

/** Those that somebody has to do something about. */
export const DUE = "overdue,refused,expired";

import { ConfirmDialog } from "@annex/ui-kit";
import { type ReactNode, useCallback, useRef, useState } from "react";

export interface Question {
  readonly title: string;
  readonly body: string;
  readonly verb: string;
  readonly danger: boolean;
}

interface Asked extends Question {
  readonly answer: (isYes: boolean) => void;
}

/** Asks the person in a dialog of the console's own; one question at a time, the newest counts. */
export function useQuestion(): {
  ask: (question: Question, signal: AbortSignal) => Promise<boolean>;
  dialog: ReactNode;
} {
  const [asked, setAsked] = useState<Asked | null>(null);
  const open = useRef<Asked | null>(null);
  const settle = useCallback((one: Asked | null, isYes: boolean) => {
    one?.answer(isYes);
    if (open.current === one) {
      open.current = null;
      setAsked(null);
    }
  }, []);
  const ask = useCallback(
    (question: Question, signal: AbortSignal) =>
      new Promise<boolean>((answer) => {
        settle(open.current, false);
        const one: Asked = { ...question, answer };
        open.current = one;
        setAsked(one);
        signal.addEventListener("abort", () => settle(one, false), { once: true });
      }),
    [settle],
  );
  const dialog = (
    <ConfirmDialog
      open={asked !== null}
      title={asked?.title ?? ""}
      verb={asked?.verb ?? "Go on"}
      danger={asked?.danger ?? false}
      onCancel={() => settle(asked, false)}
      onConfirm={() => settle(asked, true)}
    >
      {asked?.body}
    </ConfirmDialog>
  );
  return { ask, dialog };
}

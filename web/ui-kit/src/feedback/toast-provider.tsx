import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";
import { Button } from "../actions/button.tsx";
import { IconButton } from "../actions/icon-button.tsx";
import { Icon } from "../base/icon.tsx";
import { useStrings } from "../strings/strings-provider.tsx";

export interface ToastMessage {
  /** Something the page shows, too; an error is never only a toast. */
  text: string;
  /** Usually Undo. */
  action?: { label: string; onAction: () => void } | undefined;
  /** How long it stays. Default 10 with an action, else 5; it waits while pointed at or focused. */
  seconds?: number | undefined;
}

type Shown = ToastMessage & { id: number };

const ToastContext = createContext<(message: ToastMessage) => void>(() => undefined);

/** Show a message in the corner. Needs a ToastProvider above. */
export function useToast(): (message: ToastMessage) => void {
  return use(ToastContext);
}

const MOST = 3;

/** Keeps the messages of the page, the newest three, and announces them. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const strings = useStrings();
  const [shown, setShown] = useState<readonly Shown[]>([]);
  const next = useRef(0);
  const show = useCallback((message: ToastMessage) => {
    next.current += 1;
    const id = next.current;
    setShown((before) => [...before, { ...message, id }].slice(-MOST));
  }, []);
  const drop = useCallback(
    (id: number) => setShown((before) => before.filter((toast) => toast.id !== id)),
    [],
  );
  return (
    <ToastContext value={show}>
      {children}
      <section className="annex-toasts" aria-label={strings.notifications}>
        <div role="status" className="annex-toasts-list">
          {shown.map((toast) => (
            <Toast key={toast.id} toast={toast} onEnd={drop} />
          ))}
        </div>
      </section>
    </ToastContext>
  );
}

function Toast({ toast, onEnd }: { toast: Shown; onEnd: (id: number) => void }) {
  const strings = useStrings();
  const [held, setHeld] = useState(false);
  const { id, action } = toast;
  const seconds = toast.seconds ?? (action === undefined ? 5 : 10);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => onEnd(id), seconds * 1000);
    return () => clearTimeout(timer);
  }, [held, id, seconds, onEnd]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing at it only keeps it longer
    <div
      className="annex-toast"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span className="annex-toast-text">{toast.text}</span>
      {action !== undefined && (
        <Button
          size="small"
          onClick={() => {
            onEnd(id);
            action.onAction();
          }}
        >
          {action.label}
        </Button>
      )}
      <IconButton
        size="small"
        label={strings.dismiss}
        icon={<Icon name="close" />}
        onClick={() => onEnd(id)}
      />
    </div>
  );
}

import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";

export interface Toast {
  readonly text: string;
  /** The way back of something reversible; offered for ten seconds. */
  readonly undo?: () => void;
}

const SHOWN_MS = 10_000;
const ShowToast = createContext<(toast: Toast) => void>(() => {});

/** Shows a short note about something that the page shows, too. Errors are never only a toast. */
export function useToast(): (toast: Toast) => void {
  return use(ShowToast);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly (Toast & { id: number })[]>([]);
  const next = useRef(0);
  const show = useCallback((toast: Toast) => {
    next.current += 1;
    const id = next.current;
    setToasts((shown) => [...shown.slice(-2), { ...toast, id }]);
  }, []);
  const drop = useCallback(
    (id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)),
    [],
  );
  return (
    <ShowToast value={show}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <ToastNote key={toast.id} toast={toast} drop={() => drop(toast.id)} />
        ))}
      </div>
    </ShowToast>
  );
}

function ToastNote({ toast, drop }: { toast: Toast; drop: () => void }) {
  const dropped = useRef(drop);
  dropped.current = drop;
  useEffect(() => {
    const timer = setTimeout(() => dropped.current(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  const undo = () => {
    toast.undo?.();
    drop();
  };
  return (
    <div className="toast">
      <span>{toast.text}</span>
      {toast.undo && (
        <button type="button" onClick={undo}>
          Undo
        </button>
      )}
      <button type="button" aria-label="Dismiss" onClick={drop}>
        ×
      </button>
    </div>
  );
}

import { createContext, type ReactNode, use, useCallback, useState } from "react";

const Announce = createContext<(text: string) => void>(() => {});

/** Says something to screen readers, politely and once. */
export function useAnnounce(): (text: string) => void {
  return use(Announce);
}

/** Holds the page's one live region. */
export function AnnounceProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: "", turn: 0 });
  const say = useCallback((text: string) => setSaid(({ turn }) => ({ text, turn: turn + 1 })), []);
  return (
    <Announce value={say}>
      {children}
      <div className="annex-hidden" role="status" aria-live="polite">
        <span key={said.turn}>{said.text}</span>
      </div>
    </Announce>
  );
}

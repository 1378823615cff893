export type WarningCode = "LISTENER_LEAK" | "RESIZE_LOOP" | "SECRET_IN_STATE" | "CONNECTED_TWICE";

export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

/** Where a warning goes; the browser's console unless said. */
export type Warn = (warning: Warning) => void;

export interface GuestOptions {
  /** The module that exports `handler(request, host)`. */
  entry: string;
  /** The platform's alga-extension.wit; this package has a copy. */
  wit?: string;
  /** Where the component is written. */
  out: string;
  engine?: "quickjs" | "starling";
  /** `componentize` of @bytecodealliance/componentize-js; needed for StarlingMonkey. */
  componentize?: (options: Record<string, unknown>) => Promise<{ component: Uint8Array }>;
  disableFeatures?: string[];
  /** Write a source map beside the component, as `<out>.map`; it is not packed into bundles. */
  map?: boolean;
}

/** Build a component; gives its size in bytes. */
export function buildGuest(options: GuestOptions): Promise<number>;

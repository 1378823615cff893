/** What this browser found out about a version by itself. */
export type Proof =
  | {
      readonly kind: "held";
      readonly index: number;
      readonly treeSize: number;
      readonly time: string;
      /** Content hashes that the entry names, the one that is served first. */
      readonly bundles: readonly string[];
    }
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "unchecked"; readonly reason: string };

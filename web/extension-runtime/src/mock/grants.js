import { LIMITS } from "./limits.js";

const spelled = (name) => {
  const lower = name.trim().toLowerCase();
  return lower.startsWith("cap:") ? lower : `cap:${lower}`;
};

// What the tenant granted: what is named, else what the manifest declares, else everything; and what every install has.
export function grantsOf({ capabilities, manifest }) {
  const named = capabilities ?? manifest?.capabilities;
  if (named === undefined) {
    return { has: () => true };
  }
  return new Set([...named.map(spelled), ...LIMITS.defaultCapabilities]);
}

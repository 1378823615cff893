import { LIMITS } from "./limits.js";

const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const LABEL = /^[a-z][a-z0-9_]{0,31}$/;
const RESERVED = ["tenant_id", "extension", "install_id", "le", "quantile"];
const MAX_LABELS = 4;
const MAX_LABEL_VALUE = 64;

// What the platform would drop is dropped here too: a name that is none, too many labels or series.
export function mockMetrics(grants, noted) {
  const note = (kind) => (name, value, labels) => {
    const plain = name.replace(/_total$/, "");
    const isNew = !noted.some((one) => one.kind === kind && one.name === plain && same(one.labels, labels));
    const hasRoom = !isNew || seriesOf(noted) < LIMITS.metricSeries;
    const counts = Number.isFinite(value) && (kind === "observe" || value > 0);
    if (grants.has("cap:metrics") && NAME.test(plain) && areLabels(labels) && counts && hasRoom) {
      noted.push({ kind, name: plain, value, labels: structuredClone(labels) });
    }
  };
  return { count: note("count"), observe: note("observe") };
}

function areLabels(labels) {
  const keys = labels.map(([key]) => key);
  const isOne = ([key, value]) => LABEL.test(key) && !RESERVED.includes(key) && value.length <= MAX_LABEL_VALUE;
  return labels.length <= MAX_LABELS && new Set(keys).size === keys.length && labels.every(isOne);
}

const inOrder = (labels) => JSON.stringify([...labels].sort());
const same = (one, other) => inOrder(one) === inOrder(other);
const seriesOf = (noted) => new Set(noted.map(({ kind, name, labels }) => `${kind} ${name} ${inOrder(labels)}`)).size;

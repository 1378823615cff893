import { LIMITS } from "./limits.js";
import { refuse } from "./refuse.js";

const SELECTOR = /^(?:([A-Za-z]+) +)?(\/\S*)$/;
const CRON_FIELDS = /^(?:[0-9*/,-]+\s+){4}[0-9*/,-]+$/;
const MAX_CRON = 128;

// Keeps schedules and runs none: a test calls the handler itself. Times are not worked out.
export function mockScheduler({ endpoints, manifest }, grants, { now, newId }) {
  const declared = (endpoints ?? manifest?.api?.endpoints ?? []).map(shownEndpoint);
  const kept = new Map();
  const may = (name) => grants.has("cap:scheduler.manage") || refuse(`scheduler.${name}`, "denied");
  const keep = (input, before) => {
    const { faults, terms } = settled(input, declared, before);
    const names = [...kept.values()].filter((one) => one !== before).map(({ name }) => name);
    if (terms.name !== null && names.includes(terms.name)) {
      faults.name = "Another schedule of this install has this name.";
    }
    return { faults, terms };
  };
  return {
    listSchedules: () => may("listSchedules") && [...kept.values()].map((one) => ({ ...one })),
    getSchedule: (id) => may("getSchedule") && (kept.has(id) ? { ...kept.get(id) } : null),
    getEndpoints: () => may("getEndpoints") && declared.map((one) => ({ ...one })),
    createSchedule(input) {
      if (!grants.has("cap:scheduler.manage")) {
        return { ...DENIED, scheduleId: null };
      }
      const { faults, terms } = keep(input);
      if (Object.keys(faults).length > 0) {
        return { ...refused(faults), scheduleId: null };
      }
      if (kept.size >= LIMITS.schedules) {
        return { ...DENIED, error: `An install has at most ${LIMITS.schedules} schedules.`, scheduleId: null };
      }
      const id = newId();
      kept.set(id, { id, ...terms, ...NEVER_RUN, createdAt: now().toISOString() });
      return { success: true, scheduleId: id, error: null, fieldErrors: null };
    },
    updateSchedule(id, input) {
      if (!grants.has("cap:scheduler.manage")) {
        return DENIED;
      }
      const before = kept.get(id);
      if (before === undefined) {
        return { ...DENIED, error: noSchedule(id) };
      }
      const { faults, terms } = keep(input, before);
      if (Object.keys(faults).length > 0) {
        return refused(faults);
      }
      kept.set(id, { ...before, ...terms });
      return { success: true, error: null, fieldErrors: null };
    },
    deleteSchedule(id) {
      if (!grants.has("cap:scheduler.manage")) {
        return { success: false, error: "denied" };
      }
      return kept.delete(id) ? { success: true, error: null } : { success: false, error: noSchedule(id) };
    },
  };
}

const DENIED = { success: false, error: "denied", fieldErrors: null };
const noSchedule = (id) => `The install has no schedule ${id}.`;
const NEVER_RUN = { lastRunAt: null, lastRunStatus: null, lastError: null };

function refused(faults) {
  const sentence = Object.entries(faults).map(([name, why]) => `${name}: ${why}`);
  return {
    success: false,
    error: `The schedule cannot be kept: ${sentence.join(" ")}`,
    fieldErrors: JSON.stringify(faults),
  };
}

function shownEndpoint({ method, path, handler = "" }) {
  const hasParameters = path.split("/").some((part) => part.startsWith(":"));
  const schedulable = ["GET", "POST"].includes(method) && !hasParameters;
  return { id: `${method} ${path}`, method, path, handler, schedulable };
}

function settled(input, declared, before) {
  const faults = {};
  const endpoint = input.endpoint == null && before ? before : endpointOf(input.endpoint ?? "", declared, faults);
  const cron = input.cron ?? before?.cron ?? "";
  if (cron.length > MAX_CRON || !CRON_FIELDS.test(cron.trim())) {
    faults.cron = "Write five fields of digits, *, /, comma and -.";
  } else if (/^\s*(\*|\*\/[1-4])\s/.test(cron)) {
    faults.cron = "Runs must be at least five minutes apart.";
  }
  const name = input.name == null ? (before?.name ?? null) : input.name.trim() || null;
  if ((name?.length ?? 0) > LIMITS.scheduleNameCharacters) {
    faults.name = `It may have at most ${LIMITS.scheduleNameCharacters} printable characters.`;
  }
  const payload = input.payload == null ? (before?.payload ?? null) : payloadOf(input.payload, faults);
  const method = endpoint?.endpointMethod ?? null;
  if (method === "GET" && payload !== null) {
    faults.payload ??= "A GET endpoint is called without a body.";
  }
  const terms = {
    endpointPath: endpoint?.endpointPath,
    endpointMethod: method,
    name,
    cron,
    timezone: input.timezone ?? before?.timezone ?? "UTC",
    enabled: input.enabled ?? before?.enabled ?? true,
    payload,
  };
  return { faults, terms };
}

function endpointOf(text, declared, faults) {
  const [, method = "", path] = SELECTOR.exec(text.trim()) ?? [];
  if (path === undefined) {
    faults.endpoint = "Write it as /path or METHOD /path.";
    return undefined;
  }
  const found = declared.filter((one) => one.path === path && ["", one.method].includes(method.toUpperCase()));
  const fitting = found.filter((one) => one.schedulable);
  if (fitting.length === 1) {
    return { endpointPath: path, endpointMethod: fitting[0].method };
  }
  if (found.length === 0) {
    faults.endpoint = "The installed version declares no such endpoint.";
  } else if (fitting.length > 0) {
    faults.endpoint = "It exists for GET and for POST; write which of them is meant.";
  } else {
    faults.endpoint = "Only GET and POST endpoints without path parameters can be scheduled.";
  }
  return undefined;
}

function payloadOf(text, faults) {
  if (text.trim() === "") {
    return null;
  }
  if (text.length > LIMITS.schedulePayloadCharacters) {
    faults.payload = `It may have at most ${LIMITS.schedulePayloadCharacters} characters.`;
    return null;
  }
  try {
    const document = JSON.parse(text);
    if (typeof document === "object" && document !== null) {
      return JSON.stringify(document);
    }
    faults.payload = "It must be a JSON object or array.";
  } catch (error) {
    faults.payload = `It is not JSON: ${error.message}.`;
  }
  return null;
}

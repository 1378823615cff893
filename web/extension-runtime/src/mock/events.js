import { LIMITS } from "./limits.js";
import { refuse } from "./refuse.js";

const TOPIC = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$/;
const MINUTE_MS = 60_000;

export function mockEvents(grants, emitted, { now, newId }) {
  return {
    emit(topic, payload) {
      const no = (code) => refuse("events.emit", code);
      if (!grants.has("cap:events.emit")) {
        no("denied");
      }
      if (topic.length > LIMITS.topicCharacters || !TOPIC.test(topic)) {
        no("invalid");
      }
      if (new TextEncoder().encode(payload).length > LIMITS.eventBytes) {
        no("too-large");
      }
      let document;
      try {
        document = JSON.parse(payload);
      } catch {
        no("invalid");
      }
      const at = now().getTime();
      if (emitted.filter((event) => event.at > at - MINUTE_MS).length >= LIMITS.eventsPerMinute) {
        no("quota-exceeded");
      }
      const id = newId();
      emitted.push({ id, topic, payload: document, at });
      return id;
    },
  };
}

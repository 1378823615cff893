/** How many calls of one page may be on their way. */
export const CALLS_IN_FLIGHT = 32;

/** How long the JSON text of a page's state may be. */
export const STATE_LENGTH = 64_000;

/** What one page may say over the bridge; sizes are counted by `sizeWithin`. */
export const LIMITS = {
  messageSize: 65_536,
  /** Envelope v1 knows no pieces, so a whole body of a call has to fit. */
  v1MessageSize: 1_048_576,
  partSize: 49_152,
  stateLength: STATE_LENGTH,
  messagesPerSecond: 50,
  messageBurst: 100,
  callsInFlight: CALLS_IN_FLIGHT,
  leastHeight: 100,
  mostHeight: 4_000,
} as const;

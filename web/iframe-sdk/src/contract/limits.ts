/** What one page may say over the bridge; sizes are counted by `sizeWithin`. */
export const LIMITS = {
  messageSize: 65_536,
  /** Envelope v1 knows no pieces, so a whole body of a call has to fit. */
  v1MessageSize: 1_048_576,
  partSize: 49_152,
  stateLength: 64_000,
  messagesPerSecond: 50,
  messageBurst: 100,
  callsInFlight: 32,
  leastHeight: 100,
  mostHeight: 4_000,
} as const;

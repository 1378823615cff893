// A ticket as it is sent to us, checked.
export interface Ticket {
  id: string;
  subject: string;
  messages: { author: string; text: string }[];
}

/** What was sent is no ticket. */
export class TicketRefused extends Error {}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LONGEST_SUBJECT = 300;
const MOST_MESSAGES = 200;
const LONGEST_TICKET = 60_000;

/** Read a ticket out of what strangers sent. */
export function ticketOf(document: unknown): Ticket {
  const { id, subject, messages } = recordOf(document);
  if (typeof id !== "string" || !ID.test(id)) {
    throw new TicketRefused("A ticket has an id of letters, digits, '.', '_' and '-', at most 64.");
  }
  if (typeof subject !== "string" || subject.trim() === "" || subject.length > LONGEST_SUBJECT) {
    throw new TicketRefused(`A ticket has a subject of 1 to ${LONGEST_SUBJECT} characters.`);
  }
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > MOST_MESSAGES) {
    throw new TicketRefused(`A ticket has 1 to ${MOST_MESSAGES} messages.`);
  }
  const ticket = { id, subject: subject.trim(), messages: messages.map(messageOf) };
  if (JSON.stringify(ticket).length > LONGEST_TICKET) {
    throw new TicketRefused(`A ticket has at most ${LONGEST_TICKET} characters.`);
  }
  return ticket;
}

function messageOf(document: unknown): { author: string; text: string } {
  const { author, text } = recordOf(document);
  if (typeof author !== "string" || typeof text !== "string") {
    throw new TicketRefused("A message has an author and a text.");
  }
  return { author, text };
}

function recordOf(document: unknown): Record<string, unknown> {
  return typeof document === "object" && document !== null ? (document as Record<string, unknown>) : {};
}

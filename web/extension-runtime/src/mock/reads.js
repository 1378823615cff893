// Clients, services and invoices: answered from what the test gives, as if a host application stood there.
import { refuse } from "./refuse.js";

const PAGE_SIZE = 25;
const MOST = 100;
const LONGEST_SEARCH = 200;

export function mockReads({ clients, services }, grants) {
  const clientList = listed("clients.listClients", "cap:client.read", clients, grants, (client, input) => {
    const isNamed = contains(client.clientName, input.search);
    return isNamed && (input.includeInactive === true || !client.isInactive);
  });
  const client = one("clients.getClient", "cap:client.read", clients, grants, "clientId");
  const serviceList = listed("services.listServices", "cap:service.read", services, grants, (service, input) => {
    const isWanted = (wanted, found) => wanted == null || wanted === found;
    return (
      contains(service.serviceName, input.search) &&
      isWanted(input.itemKind, service.itemKind) &&
      isWanted(input.isActive, service.isActive) &&
      isWanted(input.billingMethod, service.billingMethod)
    );
  });
  const service = one("services.getService", "cap:service.read", services, grants, "serviceId");
  return {
    clients: { listClients: clientList, list: clientList, getClient: client, get: client },
    services: { listServices: serviceList, list: serviceList, getService: service, get: service },
  };
}

export function mockInvoicing({ createInvoice }, grants) {
  const none = {
    ...{ success: false, invoiceId: null, invoiceNumber: null, status: null },
    ...{ subtotal: null, tax: null, total: null, fieldErrors: null },
  };
  return {
    createManualInvoice(input) {
      if (!grants.has("cap:invoice.manual.create")) {
        return { ...none, error: "not allowed: cap:invoice.manual.create" };
      }
      const wrong = wrongFields(input);
      if (Object.keys(wrong).length > 0) {
        return { ...none, error: "invalid input", fieldErrors: JSON.stringify(wrong) };
      }
      if (createInvoice === undefined) {
        return { ...none, error: "no host application is configured" };
      }
      return { ...none, success: true, error: null, ...createInvoice(input) };
    },
  };
}

function wrongFields({ clientId, items, invoiceDate, dueDate }) {
  const isDate = (text) => text == null || (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)));
  const areFinite = items.every(({ quantity, rate }) => Number.isFinite(quantity) && Number.isFinite(rate));
  return {
    ...(clientId === "" && { clientId: "must not be empty" }),
    ...((items.length < 1 || items.length > 200) && { items: "must be 1 to 200" }),
    ...(!areFinite && { items: "must have finite quantities and rates" }),
    ...(!isDate(invoiceDate) && { invoiceDate: "must be written YYYY-MM-DD" }),
    ...(!isDate(dueDate) && { dueDate: "must be written YYYY-MM-DD" }),
  };
}

function listed(functionName, capability, all, grants, isWanted) {
  return (input) => {
    if (!grants.has(capability)) {
      refuse(functionName, "not-allowed");
    }
    const { page, pageSize } = { page: input.page ?? 1, pageSize: input.pageSize ?? PAGE_SIZE };
    if (page < 1 || pageSize < 1 || pageSize > MOST || (input.search ?? "").length > LONGEST_SEARCH) {
      refuse(functionName, "invalid-input");
    }
    const found = (all ?? refuse(functionName, "not-allowed")).filter((item) => isWanted(item, input));
    const items = found.slice((page - 1) * pageSize, page * pageSize);
    return { items: structuredClone(items), totalCount: found.length, page, pageSize };
  };
}

function one(functionName, capability, all, grants, idField) {
  return (id) => {
    if (!grants.has(capability)) {
      refuse(functionName, "not-allowed");
    }
    if (id.length < 1 || id.length > LONGEST_SEARCH) {
      refuse(functionName, "invalid-input");
    }
    const known = all ?? refuse(functionName, "not-allowed");
    return structuredClone(known.find((item) => item[idField] === id) ?? null);
  };
}

function contains(text, search) {
  return search == null || text.toLowerCase().includes(search.toLowerCase());
}

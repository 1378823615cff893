// Written by scripts/runtime_types.py from shared/wit/alga-extension.wit; do not edit.
// What a handler is given as `host`: every interface of the world, by the names of the WIT in camelCase
// and, where the Alga SDK has shorter ones, by those too. A result's error is thrown as HostError.
import * as clients from "alga:extension/clients";
import * as config from "alga:extension/config";
import * as context from "alga:extension/context";
import * as events from "alga:extension/events";
import * as http from "alga:extension/http";
import * as invoicing from "alga:extension/invoicing";
import * as logging from "alga:extension/logging";
import * as metrics from "alga:extension/metrics";
import * as scheduler from "alga:extension/scheduler";
import * as secrets from "alga:extension/secrets";
import * as services from "alga:extension/services";
import * as storage from "alga:extension/storage";
import * as storageV2 from "alga:extension/storage-v2";
import * as uiProxy from "alga:extension/ui-proxy";
import * as user from "alga:extension/user";
import * as userV2 from "alga:extension/user-v2";

import { offered } from "./offered.js";

export const host = {
  clients: offered("clients", clients, ["listClients", "getClient"], { list: "listClients", get: "getClient" }),
  config: offered("config", config, ["get", "listKeys"], { list: "listKeys" }),
  context: offered("context", context, ["getContext"], { get: "getContext" }),
  events: offered("events", events, ["emit"]),
  http: offered("http", http, ["fetch"]),
  invoicing: offered("invoicing", invoicing, ["createManualInvoice"]),
  logging: offered("logging", logging, ["logInfo", "logWarn", "logError"], { info: "logInfo", warn: "logWarn", error: "logError" }),
  metrics: offered("metrics", metrics, ["count", "observe"]),
  scheduler: offered("scheduler", scheduler, ["listSchedules", "getSchedule", "createSchedule", "updateSchedule", "deleteSchedule", "getEndpoints"]),
  secrets: offered("secrets", secrets, ["get", "listKeys"], { list: "listKeys" }),
  services: offered("services", services, ["listServices", "getService"], { list: "listServices", get: "getService" }),
  storage: offered("storage", storage, ["get", "put", "delete", "listEntries"], { list: "listEntries" }),
  storageV2: offered("storage-v2", storageV2, ["get", "put", "putBatch", "delete", "listItems", "getUsage"]),
  uiProxy: offered("ui-proxy", uiProxy, ["callRoute"], { call: "callRoute" }),
  user: offered("user", user, ["getUser"], { get: "getUser" }),
  userV2: offered("user-v2", userV2, ["getUser"], { get: "getUser" }),
};

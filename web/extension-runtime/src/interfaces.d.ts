// Written by scripts/runtime_types.py from shared/wit/alga-extension.wit; do not edit.

/** A whole number of 64 bits: QuickJS gives a number, exact to 2^53, StarlingMonkey a bigint. */
export type Whole = number | bigint;

/** Whose call this is. Identifiers are lower-case UUIDs. */
export interface ContextData {
  requestId?: string | null | undefined;
  tenantId: string;
  extensionId: string;
  installId?: string | null | undefined;
  versionId?: string | null | undefined;
}

export type SecretError = "missing" | "denied" | "expired" | "internal";

/** One header line; a repeated name is a repeated record. */
export interface HttpHeader {
  name: string;
  value: string;
}

/** `url` is absolute for `http.fetch`; a handler sees its own path and query string. */
export interface HttpRequest {
  method: string;
  url: string;
  headers: HttpHeader[];
  body?: Uint8Array | null | undefined;
}

export interface HttpResponse {
  status: number;
  headers: HttpHeader[];
  body?: Uint8Array | null | undefined;
}

export type HttpError = "invalid-url" | "not-allowed" | "transport" | "internal";

export type StorageError = "missing" | "conflict" | "denied" | "internal";

/** `revision` in a `put` is the revision the caller last saw; the answer carries the new one. */
export interface StorageEntry {
  namespace: string;
  key: string;
  value: Uint8Array;
  revision?: Whole | null | undefined;
}

export type ProxyError = "route-not-found" | "denied" | "bad-request" | "internal";

export interface UserData {
  tenantId: string;
  clientName: string;
  userId: string;
  userEmail: string;
  userName: string;
  userType: string;
}

export interface UserDataV2 {
  tenantId: string;
  clientName: string;
  userId: string;
  userEmail: string;
  userName: string;
  userType: string;
  clientId?: string | null | undefined;
  additionalFields: [string, string][];
}

export type UserError = "not-available" | "not-allowed";

export type SchedulerError = "not-found" | "validation-failed" | "quota-exceeded" | "denied" | "internal";

/** `payload` is JSON text. */
export interface ScheduleInfo {
  id: string;
  endpointPath: string;
  endpointMethod: string;
  name?: string | null | undefined;
  cron: string;
  timezone: string;
  enabled: boolean;
  payload?: string | null | undefined;
  lastRunAt?: string | null | undefined;
  lastRunStatus?: string | null | undefined;
  lastError?: string | null | undefined;
  createdAt?: string | null | undefined;
}

export interface EndpointInfo {
  id: string;
  method: string;
  path: string;
  handler: string;
  schedulable: boolean;
}

/** `payload` is JSON text. */
export interface CreateScheduleInput {
  endpoint: string;
  cron: string;
  timezone?: string | null | undefined;
  enabled?: boolean | null | undefined;
  name?: string | null | undefined;
  payload?: string | null | undefined;
}

/** `fieldErrors` is a JSON object from field name to sentence. */
export interface CreateScheduleResult {
  success: boolean;
  scheduleId?: string | null | undefined;
  error?: string | null | undefined;
  fieldErrors?: string | null | undefined;
}

/** An absent field stays as it is; the empty string as `payload` clears it. */
export interface UpdateScheduleInput {
  endpoint?: string | null | undefined;
  cron?: string | null | undefined;
  timezone?: string | null | undefined;
  enabled?: boolean | null | undefined;
  name?: string | null | undefined;
  payload?: string | null | undefined;
}

export interface UpdateScheduleResult {
  success: boolean;
  error?: string | null | undefined;
  fieldErrors?: string | null | undefined;
}

export interface DeleteScheduleResult {
  success: boolean;
  error?: string | null | undefined;
}

export type DiscountType = "percentage" | "fixed";

export interface ManualInvoiceItemInput {
  serviceId: string;
  quantity: number;
  description: string;
  rate: number;
  isDiscount?: boolean | null | undefined;
  discountType?: DiscountType | null | undefined;
  appliesToItemId?: string | null | undefined;
  appliesToServiceId?: string | null | undefined;
}

/** Dates are written YYYY-MM-DD. */
export interface CreateManualInvoiceInput {
  clientId: string;
  items: ManualInvoiceItemInput[];
  invoiceDate?: string | null | undefined;
  dueDate?: string | null | undefined;
  poNumber?: string | null | undefined;
}

export interface CreateManualInvoiceResult {
  success: boolean;
  invoiceId?: string | null | undefined;
  invoiceNumber?: string | null | undefined;
  status?: string | null | undefined;
  subtotal?: number | null | undefined;
  tax?: number | null | undefined;
  total?: number | null | undefined;
  error?: string | null | undefined;
  fieldErrors?: string | null | undefined;
}

export type ClientReadError = "not-allowed" | "invalid-input" | "internal";

export interface ClientSummary {
  clientId: string;
  clientName: string;
  clientType?: string | null | undefined;
  isInactive: boolean;
  defaultCurrencyCode?: string | null | undefined;
  accountManagerId?: string | null | undefined;
  accountManagerName?: string | null | undefined;
  billingEmail?: string | null | undefined;
}

export interface ClientsListInput {
  search?: string | null | undefined;
  includeInactive?: boolean | null | undefined;
  page?: number | null | undefined;
  pageSize?: number | null | undefined;
}

export interface ClientsListResult {
  items: ClientSummary[];
  totalCount: number;
  page: number;
  pageSize: number;
}

export type ServiceReadError = "not-allowed" | "invalid-input" | "internal";

export type ServiceItemKind = "service" | "product";

export type ServiceBillingMethod = "fixed" | "hourly" | "usage";

export interface ServiceSummary {
  serviceId: string;
  serviceName: string;
  itemKind: ServiceItemKind;
  billingMethod: ServiceBillingMethod;
  serviceTypeId?: string | null | undefined;
  serviceTypeName?: string | null | undefined;
  defaultRate: number;
  unitOfMeasure: string;
  isActive: boolean;
  sku?: string | null | undefined;
}

export interface ServicesListInput {
  search?: string | null | undefined;
  itemKind?: ServiceItemKind | null | undefined;
  isActive?: boolean | null | undefined;
  billingMethod?: ServiceBillingMethod | null | undefined;
  page?: number | null | undefined;
  pageSize?: number | null | undefined;
}

export interface ServicesListResult {
  items: ServiceSummary[];
  totalCount: number;
  page: number;
  pageSize: number;
}

/** One call of the extension, as the gateway forwarded it. */
export interface ExecuteRequest {
  context: ContextData;
  http: HttpRequest;
}

/** When a write may take place. Revisions of one key only grow, also across a delete. */
export type StorageV2Condition =
  | { tag: "always" }
  /** The key must not exist. */
  | { tag: "absent" }
  /** The key must exist with exactly this revision. */
  | { tag: "revision"; val: Whole }

export type StorageV2Error = "missing" | "conflict" | "denied" | "invalid" | "too-large" | "quota-exceeded" | "internal";

/** `metadata` is JSON text; `expiresAt` and `updatedAt` are RFC 3339 in UTC. */
export interface StorageV2Item {
  key: string;
  value: Uint8Array;
  metadata?: string | null | undefined;
  revision: Whole;
  expiresAt?: string | null | undefined;
  updatedAt: string;
}

export interface StorageV2Write {
  key: string;
  value: Uint8Array;
  metadata?: string | null | undefined;
  ttlSeconds?: number | null | undefined;
  condition: StorageV2Condition;
}

export interface StorageV2KeyPage {
  prefix?: string | null | undefined;
  cursor?: string | null | undefined;
  /** 1 to 100. */
  limit?: number | null | undefined;
  includeValues: boolean;
}

/** Without values each `value` is empty. `nextCursor` is absent on the last page. */
export interface StorageV2Page {
  items: StorageV2Item[];
  nextCursor?: string | null | undefined;
}

/** What the install uses and may use, over all its namespaces. */
export interface StorageV2Usage {
  bytes: Whole;
  maxBytes: Whole;
  keys: Whole;
  namespaces: number;
  maxNamespaces: number;
}

export type EventsError = "denied" | "invalid" | "too-large" | "quota-exceeded" | "internal";

/** Needs `cap:context.read`. */
export interface ContextBinding {
  getContext(): ContextData;
  /** The same by the Alga SDK's name. */
  get(): ContextData;
}

/** Needs `cap:secrets.get`; without it `get` answers `denied` and `listKeys` is empty. */
export interface SecretsBinding {
  /** @throws {HostError} whose `code` is a SecretError */
  get(key: string): string;
  listKeys(): string[];
  /** The same by the Alga SDK's name. */
  list(): string[];
}

/** Needs `cap:http.fetch` and an allowed host. */
export interface HttpBinding {
  /** @throws {HostError} whose `code` is a HttpError */
  fetch(request: HttpRequest): HttpResponse;
}

/** Needs `cap:storage.kv`; entries belong to the install. */
export interface StorageBinding {
  /** @throws {HostError} whose `code` is a StorageError */
  get(namespace: string, key: string): StorageEntry;
  /** @throws {HostError} whose `code` is a StorageError */
  put(entry: StorageEntry): StorageEntry;
  /** @throws {HostError} whose `code` is a StorageError */
  delete(namespace: string, key: string): void;
  /** @throws {HostError} whose `code` is a StorageError */
  listEntries(namespace: string, cursor?: string | null | undefined): StorageEntry[];
  /** The same by the Alga SDK's name. */
  list(namespace: string, cursor?: string | null | undefined): StorageEntry[];
}

/** Needs `cap:log.emit`; without it lines are dropped. */
export interface LoggingBinding {
  logInfo(message: string): void;
  /** The same by the Alga SDK's name. */
  info(message: string): void;
  logWarn(message: string): void;
  /** The same by the Alga SDK's name. */
  warn(message: string): void;
  logError(message: string): void;
  /** The same by the Alga SDK's name. */
  error(message: string): void;
}

/** Needs `cap:ui.proxy`. */
export interface UiProxyBinding {
  /** @throws {HostError} whose `code` is a ProxyError */
  callRoute(route: string, payload?: Uint8Array | null | undefined): Uint8Array;
  /** The same by the Alga SDK's name. */
  call(route: string, payload?: Uint8Array | null | undefined): Uint8Array;
}

/** Needs `cap:user.read`; `not-available` when no person stands behind the call. */
export interface UserBinding {
  /** @throws {HostError} whose `code` is a UserError */
  getUser(): UserData;
  /** The same by the Alga SDK's name. */
  get(): UserData;
}

/** As `user`, with the client a portal user belongs to. */
export interface UserV2Binding {
  /** @throws {HostError} whose `code` is a UserError */
  getUser(): UserDataV2;
  /** The same by the Alga SDK's name. */
  get(): UserDataV2;
}

/** Needs `cap:scheduler.manage`; schedules belong to the install. */
export interface SchedulerBinding {
  /** @throws {HostError} whose `code` is a SchedulerError */
  listSchedules(): ScheduleInfo[];
  /** @throws {HostError} whose `code` is a SchedulerError */
  getSchedule(scheduleId: string): ScheduleInfo | null | undefined;
  createSchedule(input: CreateScheduleInput): CreateScheduleResult;
  updateSchedule(scheduleId: string, input: UpdateScheduleInput): UpdateScheduleResult;
  deleteSchedule(scheduleId: string): DeleteScheduleResult;
  /** @throws {HostError} whose `code` is a SchedulerError */
  getEndpoints(): EndpointInfo[];
}

/** Needs `cap:invoice.manual.create` and a host application. */
export interface InvoicingBinding {
  createManualInvoice(input: CreateManualInvoiceInput): CreateManualInvoiceResult;
}

/** Needs `cap:client.read` and a host application. */
export interface ClientsBinding {
  /** @throws {HostError} whose `code` is a ClientReadError */
  listClients(input: ClientsListInput): ClientsListResult;
  /** The same by the Alga SDK's name. */
  list(input: ClientsListInput): ClientsListResult;
  /** @throws {HostError} whose `code` is a ClientReadError */
  getClient(clientId: string): ClientSummary | null | undefined;
  /** The same by the Alga SDK's name. */
  get(clientId: string): ClientSummary | null | undefined;
}

/** Needs `cap:service.read` and a host application. */
export interface ServicesBinding {
  /** @throws {HostError} whose `code` is a ServiceReadError */
  listServices(input: ServicesListInput): ServicesListResult;
  /** The same by the Alga SDK's name. */
  list(input: ServicesListInput): ServicesListResult;
  /** @throws {HostError} whose `code` is a ServiceReadError */
  getService(serviceId: string): ServiceSummary | null | undefined;
  /** The same by the Alga SDK's name. */
  get(serviceId: string): ServiceSummary | null | undefined;
}

/** The install's configuration, as its tenant set it. Needs no capability. */
export interface ConfigBinding {
  get(key: string): string | null | undefined;
  listKeys(): string[];
  /** The same by the Alga SDK's name. */
  list(): string[];
}

/**
 * Figures of the extension's own, scraped with the platform's. Needs `cap:metrics`; without it nothing is counted.
 * A name is lower-case letters, digits and underscores, at most 64; at most 4 labels a series.
 */
export interface MetricsBinding {
  /** Add to a counter; a negative amount adds nothing. */
  count(name: string, amount: number, labels: [string, string][]): void;
  /** Note one observation of a distribution, such as a duration in seconds. */
  observe(name: string, value: number, labels: [string, string][]): void;
}

/**
 * Storage with conditions, expiry, metadata, pages and batches. Needs `cap:storage.kv`.
 * It shares its records with `storage`.
 */
export interface StorageV2Binding {
  /** @throws {HostError} whose `code` is a StorageV2Error */
  get(namespace: string, key: string): StorageV2Item;
  /**
   * Give the item as it is after the write, without its value.
   * @throws {HostError} whose `code` is a StorageV2Error
   */
  put(namespace: string, write: StorageV2Write): StorageV2Item;
  /**
   * Write all or nothing, at most 20 items of 512 KiB together, each key once.
   * @throws {HostError} whose `code` is a StorageV2Error
   */
  putBatch(namespace: string, writes: StorageV2Write[]): StorageV2Item[];
  /**
   * Deleting what is not there is `missing`.
   * @throws {HostError} whose `code` is a StorageV2Error
   */
  delete(namespace: string, key: string, condition: StorageV2Condition): void;
  /** @throws {HostError} whose `code` is a StorageV2Error */
  listItems(namespace: string, page: StorageV2KeyPage): StorageV2Page;
  /** @throws {HostError} whose `code` is a StorageV2Error */
  getUsage(): StorageV2Usage;
}

/** Events to the other extensions of the same tenant. Needs `cap:events.emit`. */
export interface EventsBinding {
  /**
   * Publish one event under a topic of this extension: lower-case words joined by dots, at most 64 characters.
   * `payload` is JSON text of at most 64 KiB. The event's id is returned once it will not be lost.
   * @throws {HostError} whose `code` is a EventsError
   */
  emit(topic: string, payload: string): string;
}

/** What a handler is given as `host`. Host functions answer at once; awaiting them does no harm. */
export interface HostBindings {
  clients: ClientsBinding;
  config: ConfigBinding;
  context: ContextBinding;
  events: EventsBinding;
  http: HttpBinding;
  invoicing: InvoicingBinding;
  logging: LoggingBinding;
  metrics: MetricsBinding;
  scheduler: SchedulerBinding;
  secrets: SecretsBinding;
  services: ServicesBinding;
  storage: StorageBinding;
  storageV2: StorageV2Binding;
  uiProxy: UiProxyBinding;
  user: UserBinding;
  userV2: UserV2Binding;
}

export interface ExtUiAddress {
  /** Origin of the UI host, or an address below which it answers. */
  readonly uiHostUrl: string;
  /** Extension id, install id or `publisher.name`. */
  readonly extension: string;
  /** `sha256:<hex>` */
  readonly contentHash: string;
  readonly tenantId?: string;
  readonly extensionId?: string;
  /** Where in the extension to begin. */
  readonly path?: string;
  /** The origin of the embedding page; pages built for envelope v1 read it from the address. */
  readonly parentOrigin?: string;
  readonly entry?: string;
}

const CONTENT_HASH = /^sha256:[0-9a-f]{64}$/;

/** Write the address of an extension's page. The nonce is added by `bootstrapIframe`. */
export function buildExtUiSrc(address: ExtUiAddress): string {
  const { contentHash, extension, entry = "index.html" } = address;
  if (!CONTENT_HASH.test(contentHash))
    throw new TypeError("The content hash must be sha256: and 64 hex digits.");
  const base = address.uiHostUrl.replace(/\/+$/, "");
  const page = entry.split("/").map(encodeURIComponent).join("/");
  const url = new URL(`${base}/ext-ui/${encodeURIComponent(extension)}/${contentHash}/${page}`);
  const query = {
    path: address.path ?? "/",
    tenant: address.tenantId,
    extensionId: address.extensionId,
    parentOrigin: address.parentOrigin,
  };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url.href;
}

/** The sign-in page that leads back to where one was. Only addresses of the console itself are led back to. */

export function signInAddress(from: string, reason?: "expired" | "signed-out"): string {
  const query = new URLSearchParams();
  if (isOwnAddress(from) && from !== "/") query.set("from", from);
  if (reason !== undefined) query.set("reason", reason);
  const text = query.toString();
  return text === "" ? "/sign-in" : `/sign-in?${text}`;
}

export function addressAfterSignIn(query: URLSearchParams): string {
  const from = query.get("from");
  return from !== null && isOwnAddress(from) ? from : "/";
}

/** `//host` and `/\host` lead elsewhere in a browser; so may control characters. */
function isOwnAddress(path: string): boolean {
  return /^\/(?![/\\])[^\\\s]*$/.test(path) && !path.startsWith("/sign-in");
}

// An answer without a body.
export function emptyResponse(status = 204, headers = []) {
  return { status, headers };
}

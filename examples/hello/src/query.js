// The first value of a query parameter, decoded as application/x-www-form-urlencoded; undefined if absent.
export function queryParameter(url, wanted) {
  const [, query = ""] = url.split("#", 1)[0].split(/\?(.*)/s);
  for (const pair of query.split("&")) {
    const [name, value = ""] = pair.split(/=(.*)/s);
    if (decodeFormText(name) === wanted) {
      return decodeFormText(value);
    }
  }
  return undefined;
}

// Percent signs that begin no byte stay as they are, and bytes that are not UTF-8 become U+FFFD.
function decodeFormText(text) {
  const encoded = new TextEncoder().encode(text.replaceAll("+", " "));
  const bytes = [];
  for (let at = 0; at < encoded.length; at += 1) {
    const digits = String.fromCharCode(...encoded.slice(at + 1, at + 3));
    if (encoded[at] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(digits)) {
      bytes.push(Number.parseInt(digits, 16));
      at += 2;
    } else {
      bytes.push(encoded[at]);
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

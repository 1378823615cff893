/** An element of the page's own document, which is written with it; one that is missing is our mistake. */
export function element<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new TypeError(`#${id} is not in the page.`);
  return found;
}

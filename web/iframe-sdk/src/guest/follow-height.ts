/** Tell the document's height whenever it changes, once a frame; the answer ends it. */
export function followHeight(tell: (height: number) => void, element?: Element): () => void {
  if (typeof ResizeObserver === "undefined") return () => undefined;
  const watched = element ?? document.body;
  let told = -1;
  let frame = 0;
  const observer = new ResizeObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const height = Math.ceil(watched.getBoundingClientRect().height);
      if (height !== told) tell(height);
      told = height;
    });
  });
  observer.observe(watched);
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

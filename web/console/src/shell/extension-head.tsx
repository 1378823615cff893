import { useExtension } from "./extension-context.ts";
import { PageHead } from "./page-head.tsx";

/** The extension's name above all its pages. */
export function ExtensionHead() {
  const { name, publisher } = useExtension();
  return <PageHead title={name} subtitle={`by ${publisher}`} />;
}

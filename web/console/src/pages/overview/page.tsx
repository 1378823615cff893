import { useExtension } from "../../shell/extension-context.ts";

export default function OverviewPage() {
  const { extension } = useExtension();
  return <h2>What {extension} may do</h2>;
}

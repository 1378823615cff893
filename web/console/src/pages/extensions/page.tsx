import { PageHead } from "../../shell/page-head.tsx";

export default function ExtensionsPage() {
  return <PageHead title="Extensions" />;
}

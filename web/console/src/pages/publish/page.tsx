import { PageHead } from "../../shell/page-head.tsx";

export default function PublishPage() {
  return <PageHead title="Publish a version" />;
}

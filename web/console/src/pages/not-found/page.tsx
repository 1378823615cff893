import { Link } from "react-router";
import { PageHead } from "../../shell/page-head.tsx";

export default function NotFoundPage() {
  return (
    <>
      <PageHead title="There is no such page" />
      <p>
        The address leads nowhere in this console. <Link to="/">Go to the extensions</Link>
      </p>
    </>
  );
}

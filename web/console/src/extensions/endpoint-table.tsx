import { Code, Section, Table } from "@annex/ui-kit";

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly handler: string;
}

export function EndpointTable({ endpoints }: { endpoints: readonly Endpoint[] }) {
  return (
    <Section title="Endpoints">
      <Table<Endpoint>
        caption="Endpoints"
        rows={endpoints}
        rowKey={({ method, path }) => `${method} ${path}`}
        empty={<p>It declares no endpoints.</p>}
        columns={[
          { key: "method", header: "Method", cell: ({ method }) => method, narrow: true },
          { key: "path", header: "Path", cell: ({ path }) => <Code>{path}</Code> },
          { key: "handler", header: "Handler", cell: ({ handler }) => <Code>{handler}</Code> },
        ]}
      />
    </Section>
  );
}

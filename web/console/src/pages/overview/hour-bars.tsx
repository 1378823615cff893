import type { components } from "../../api/schema.d.ts";

type Health = components["schemas"]["HealthView"];

const HOURS = 24;
const HOUR_MS = 3_600_000;
const HEIGHT = 48;
const WIDTH = 10;

/** Runs and failures of each hour as bars; the same figures stand in a table below for whoever wants them. */
export function HourBars({ health }: { health: Health }) {
  const hours = hoursOf(health);
  const most = Math.max(...hours.map(({ runs }) => runs), 1);
  return (
    <figure className="hour-bars">
      <svg viewBox={`0 0 ${HOURS * WIDTH} ${HEIGHT}`} role="img" aria-label="Runs and failures of each hour">
        {hours.map(({ start, runs, failures }, at) => (
          <g key={start}>
            <Bar at={at} share={runs / most} kind="runs" />
            <Bar at={at} share={failures / most} kind="failures" />
          </g>
        ))}
      </svg>
      <details>
        <summary>As a table</summary>
        <table className="annex-table">
          <caption className="annex-hidden">Runs and failures of each hour</caption>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col">Runs</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ start, runs, failures }) => (
              <tr key={start}>
                <th scope="row">
                  {new Date(start).toLocaleString("en-GB", { hour: "2-digit", minute: "2-digit" })}
                </th>
                <td>{runs}</td>
                <td>{failures}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

function Bar({ at, share, kind }: { at: number; share: number; kind: "runs" | "failures" }) {
  const height = share * HEIGHT;
  return <rect className={kind} x={at * WIDTH + 1} y={HEIGHT - height} width={WIDTH - 2} height={height} />;
}

function hoursOf({ since, hours }: Health) {
  const known = new Map(hours.map((hour) => [new Date(hour.hour).getTime(), hour]));
  const first = Math.floor(new Date(since).getTime() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: HOURS }, (_, at) => {
    const start = first + (at + 1) * HOUR_MS;
    const hour = known.get(start);
    return { start, runs: hour?.runs ?? 0, failures: hour?.failures ?? 0 };
  });
}

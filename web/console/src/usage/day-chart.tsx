import type { DayOfUse } from "./usage-sums.ts";

const HEIGHT = 96;
const STEP = 20;
const BAR = 14;

export interface DayChartProps {
  readonly days: readonly DayOfUse[];
  readonly label: string;
  readonly write: (amount: number) => string;
}

/** Bars of days; the table below says the same in figures. */
export function DayChart({ days, label, write }: DayChartProps) {
  const most = Math.max(...days.map(({ amount }) => amount), 0);
  const last = days.at(-1);
  return (
    <figure className="day-chart">
      <svg
        viewBox={`0 0 ${days.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {days.map(({ day, amount }, index) => {
          const height = most === 0 ? 0 : Math.max(amount > 0 ? 2 : 0, (amount / most) * (HEIGHT - 4));
          return (
            <rect key={day} x={index * STEP} y={HEIGHT - height} width={BAR} height={height}>
              <title>{`${day}: ${write(amount)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{days[0]?.day}</span>
        <span>{`most in a day: ${write(most)}`}</span>
        <span>{last?.day}</span>
      </figcaption>
    </figure>
  );
}

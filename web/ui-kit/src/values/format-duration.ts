/** Write a length of time in milliseconds: `0.4 ms`, `820 ms`, `1.2 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${short(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${short(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return parts(whole, 60, "min", 1, "s");
  if (whole < 86_400) return parts(whole, 3600, "h", 60, "min");
  return parts(whole, 86_400, "d", 3600, "h");
}

function short(value: number): string {
  return value >= 9.95 ? String(Math.round(value)) : value.toFixed(1).replace(/\.0$/, "");
}

function parts(seconds: number, large: number, name: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  const first = `${Math.floor(seconds / large)} ${name}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

import { Banner, Button, useZone } from "@annex/ui-kit";
import { ApiError } from "../api/api-error.ts";
import { timeOfDay } from "../shell/time-of-day.ts";

export interface StaleBannerProps {
  /** When what is shown was read, in milliseconds; react-query's `dataUpdatedAt`. */
  readonly shownAsOf: number;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Keeps what was read before on the page and says that it is not of now. */
export function StaleBanner({ shownAsOf, error, retry }: StaleBannerProps) {
  const why = error instanceof ApiError ? error.message : "It could not be read again.";
  const zone = useZone();
  return (
    <Banner tone="warning" actions={<Button onClick={retry}>Retry</Button>}>
      Shown as of {timeOfDay(new Date(shownAsOf), zone)}. {why}
    </Banner>
  );
}

/** The states every page has beside its content: four different texts for four different facts. */

export { Empty } from "./empty.tsx";
export { EmptyByFilter } from "./empty-by-filter.tsx";
export { Failed, ProblemFacts } from "./failed.tsx";
export { Loading } from "./loading.tsx";
export { NoPermission } from "./no-permission.tsx";
export { Queried } from "./queried.tsx";
export { StaleBanner } from "./stale-banner.tsx";

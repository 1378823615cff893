import type { components } from "../api/schema.d.ts";

export type Execution = components["schemas"]["ExecutionView"];

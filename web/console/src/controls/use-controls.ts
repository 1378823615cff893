/** What is said at a place and what holds there, its history, and the way to say something else. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ask } from "../api/ask.ts";
import type { components } from "../api/schema.d.ts";
import type { SaidControls } from "../commands/controls-words.ts";
import type { ControlsPlace } from "../commands/write-commands.ts";

export type ControlsView = components["schemas"]["ControlsView"];
export type ControlChanges = components["schemas"]["ControlChangeViews"];

export const CONTROLS = "controls";

/** The address of a place at the gateway; each has the same three routes. */
export function controlsAddress(place: ControlsPlace): string {
  const extension = encodeURIComponent((place.extension ?? "").replace("/", "."));
  const tenant = encodeURIComponent(place.tenantId ?? "");
  switch (place.kind) {
    case "own":
      return "/api/v1/controls";
    case "own-extension":
      return `/api/v1/controls/extensions/${extension}`;
    case "platform":
      return "/api/v1/controls/platform";
    case "tenant":
      return `/api/v1/tenants/${tenant}/controls`;
    case "tenant-extension":
      return `/api/v1/tenants/${tenant}/controls/extensions/${extension}`;
  }
}

export async function readControls(place: ControlsPlace, signal: AbortSignal): Promise<ControlsView> {
  return (await ask(controlsAddress(place), { signal })).json();
}

export function useControls(place: ControlsPlace) {
  return useQuery({
    queryKey: [CONTROLS, controlsAddress(place)],
    queryFn: ({ signal }) => readControls(place, signal),
  });
}

export function useControlsHistory(place: ControlsPlace) {
  return useInfiniteQuery({
    queryKey: [CONTROLS, controlsAddress(place), "history"],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }): Promise<ControlChanges> => {
      const after = pageParam === null ? "" : `&after=${encodeURIComponent(pageParam)}`;
      return (await ask(`${controlsAddress(place)}/history?limit=20${after}`, { signal })).json();
    },
    getNextPageParam: (page) => page.next_after,
  });
}

export interface ControlsWish extends SaidControls {
  readonly revision: number;
  readonly reason: string;
}

export function useSetControls(place: ControlsPlace) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (wish: ControlsWish): Promise<ControlsView> => {
      const answer = await ask(controlsAddress(place), {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(wish),
      });
      return answer.json();
    },
    // A word at one place changes what holds at others.
    onSuccess: () => queries.invalidateQueries({ queryKey: [CONTROLS] }),
  });
}

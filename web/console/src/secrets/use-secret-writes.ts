/** Sets and removes secrets. A value goes out once and is kept nowhere in the page. */

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import type { Sent } from "../installs/types.ts";

type SetSecret = components["schemas"]["SetSecret"];

export interface SecretWish extends Sent<Omit<SetSecret, "value">> {
  readonly name: string;
  readonly value: string;
}

export function useSetSecret(installId: string) {
  const settled = useSecretsChanged();
  return useMutation({
    // A finished change would keep its wish, and with it the value, until the page is left.
    gcTime: 0,
    mutationFn: async ({ name, ...body }: SecretWish) => {
      await api.PUT("/api/v1/installs/{install_id}/secrets/{name}", {
        params: { path: { install_id: installId, name } },
        body: body as SetSecret,
      });
    },
    onSettled: settled,
  });
}

export function useDeleteSecret(installId: string) {
  const settled = useSecretsChanged();
  return useMutation({
    mutationFn: async (name: string) => {
      await api.DELETE("/api/v1/installs/{install_id}/secrets/{name}", {
        params: { path: { install_id: installId, name } },
      });
    },
    onSettled: settled,
  });
}

function useSecretsChanged() {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      ["secrets", "tenant-secrets", "installs", "history"].map((key) =>
        queries.invalidateQueries({ queryKey: [key] }),
      ),
    );
}

/** Every change of an install, each with what has to be read again. */

import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import type { ChangeInstall, CreateInstall, InstallView, RollBackInstall } from "./types.ts";
import { INSTALLS } from "./use-installs.ts";

type Bodies = components["schemas"];

/** What depends on an install besides the list of them. */
const DEPENDENT = ["installs", "history", "secrets", "versions", "extensions", "tenant-secrets", "controls"];

function useInstallWrite<Wish, Answer>(write: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation<Answer, Error, Wish>({
    mutationFn: write,
    onSettled: () => Promise.all(DEPENDENT.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

/** Puts an answer where the list is read from, so that the page shows it before the list is read again. */
function useKeptInstall() {
  const queries = useQueryClient();
  return (install: InstallView) => {
    queries.setQueryData<InstallView[]>(INSTALLS, (items) => {
      const others = (items ?? []).filter((one) => one.install_id !== install.install_id);
      return [...others, install];
    });
    return install;
  };
}

export function useCreateInstall(): UseMutationResult<InstallView, Error, CreateInstall> {
  const kept = useKeptInstall();
  return useInstallWrite(async (body) =>
    kept(await answerOf(api.POST("/api/v1/installs", { body: body as Bodies["CreateInstall"] }))),
  );
}

export function useChangeInstall(installId: string): UseMutationResult<InstallView, Error, ChangeInstall> {
  const kept = useKeptInstall();
  return useInstallWrite(async (body) =>
    kept(
      await answerOf(
        api.PATCH("/api/v1/installs/{install_id}", {
          params: { path: { install_id: installId } },
          body: body as Bodies["ChangeInstall"],
        }),
      ),
    ),
  );
}

export function useRollBack(installId: string): UseMutationResult<InstallView, Error, RollBackInstall> {
  const kept = useKeptInstall();
  return useInstallWrite(async (body) =>
    kept(
      await answerOf(
        api.POST("/api/v1/installs/{install_id}/rollback", {
          params: { path: { install_id: installId } },
          body: body as Bodies["RollBackInstall"],
        }),
      ),
    ),
  );
}

export function useUninstall(installId: string): UseMutationResult<void, Error, void> {
  const queries = useQueryClient();
  return useInstallWrite(async () => {
    await api.DELETE("/api/v1/installs/{install_id}", { params: { path: { install_id: installId } } });
    queries.setQueryData<InstallView[]>(INSTALLS, (items) =>
      (items ?? []).filter((one) => one.install_id !== installId),
    );
  });
}

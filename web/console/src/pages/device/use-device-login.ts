import { useMutation } from "@tanstack/react-query";
import { answerOf, api } from "../../api/client.ts";
import type { components } from "../../api/schema.d.ts";

export type DeviceLogin = components["schemas"]["DeviceLoginView"];
export type Decision = components["schemas"]["DecideDeviceLogin"];

/** Looks a device up by the code it shows. */
export function useFindDevice() {
  return useMutation({
    mutationFn: (code: string) =>
      answerOf(
        api.GET("/api/v1/device-authorizations/{user_code}", { params: { path: { user_code: code } } }),
      ),
  });
}

/** Approves or denies it, once. */
export function useDecideDevice(code: string) {
  return useMutation({
    mutationFn: (body: Decision) =>
      answerOf(
        api.POST("/api/v1/device-authorizations/{user_code}", {
          params: { path: { user_code: code } },
          body,
        }),
      ),
  });
}

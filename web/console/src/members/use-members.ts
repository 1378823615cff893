/** Members of the tenant and its roles, and the ways to change who may do what. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answerOf, api } from "../api/client.ts";
import type { components } from "../api/schema.d.ts";
import type { Sent } from "../installs/types.ts";

export type Member = components["schemas"]["PrincipalView"];
export type Role = components["schemas"]["RoleView"];
type CreatePrincipal = components["schemas"]["CreatePrincipal"];
type ChangePrincipal = components["schemas"]["ChangePrincipal"];
type PutRole = components["schemas"]["PutRole"];

const MEMBERS = "members";
const ROLES = "roles";

export function useMembers() {
  return useInfiniteQuery({
    queryKey: [MEMBERS],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET("/api/v1/principals", {
          params: { query: { limit: 100, ...(pageParam === null ? {} : { after: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_after,
  });
}

export function useRoles() {
  return useQuery({
    queryKey: [ROLES],
    queryFn: async ({ signal }) => (await answerOf(api.GET("/api/v1/roles", { signal }))).items,
  });
}

function useMemberWrite<Wish, Answer>(write: (wish: Wish) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation<Answer, Error, Wish>({
    mutationFn: write,
    onSettled: () =>
      Promise.all([MEMBERS, ROLES].map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

export const useAddMember = () =>
  useMemberWrite(async (wish: Sent<CreatePrincipal>) =>
    answerOf(api.POST("/api/v1/principals", { body: wish as CreatePrincipal })),
  );

export interface Membership {
  readonly principalId: string;
  readonly role: string;
}

export const useAssignRole = () =>
  useMemberWrite(async ({ principalId, role }: Membership) => {
    await api.PUT("/api/v1/principals/{principal_id}/roles/{role}", {
      params: { path: { principal_id: principalId, role } },
    });
  });

export const useUnassignRole = () =>
  useMemberWrite(async ({ principalId, role }: Membership) => {
    await api.DELETE("/api/v1/principals/{principal_id}/roles/{role}", {
      params: { path: { principal_id: principalId, role } },
    });
  });

export const useSwitchMember = () =>
  useMemberWrite(async ({ principalId, enabled }: { principalId: string; enabled: boolean }) => {
    await api.PATCH("/api/v1/principals/{principal_id}", {
      params: { path: { principal_id: principalId } },
      body: { enabled } as ChangePrincipal,
    });
  });

export const useSetRole = () =>
  useMemberWrite(async ({ name, ...body }: PutRole & { name: string }) =>
    answerOf(api.PUT("/api/v1/roles/{role}", { params: { path: { role: name } }, body })),
  );

export const useRemoveRole = () =>
  useMemberWrite(async (name: string) => {
    await api.DELETE("/api/v1/roles/{role}", { params: { path: { role: name } } });
  });

// For pages written with React 19.
export { AnnexProvider, type AnnexProviderProps } from "./annex-provider.tsx";
export { useAutoResize } from "./use-auto-resize.ts";
export { useContextInfo } from "./use-context-info.ts";
export { useHost } from "./use-host.ts";
export { useHostState } from "./use-host-state.ts";
export { useLocale } from "./use-locale.ts";
export { type Mutation, useMutation } from "./use-mutation.ts";
export { useNavigationGuard } from "./use-navigation-guard.ts";
export { type Query, useQuery } from "./use-query.ts";
export { useTheme } from "./use-theme.ts";

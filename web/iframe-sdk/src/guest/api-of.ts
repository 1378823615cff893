import type { ApiOptions, ApiResult } from "./host.ts";

/** No map of routes was given: any path, and what comes back is what the caller says. */
export interface AnyRoutes {
  readonly anyRoute: true;
}

interface Route {
  readonly body?: unknown;
  readonly answer?: unknown;
}

type Verb = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `/notes/:id` stands for any path of that form, with or without a query. */
type Filled<Path extends string> = Path extends `${infer Head}/:${string}/${infer Tail}`
  ? `${Head}/${string}/${Filled<Tail>}`
  : Path extends `${infer Head}/:${string}`
    ? `${Head}/${string}`
    : Path;

type PathsOf<Routes, Name extends Verb> = {
  [Key in keyof Routes & string]: Key extends `${Name} ${infer Path}` ? Path : never;
}[keyof Routes & string];

type Written<Path extends string> = Filled<Path> | `${Filled<Path>}?${string}`;

type RouteOf<Routes, Name extends Verb, Text extends string> = {
  [Path in PathsOf<Routes, Name>]: Text extends Written<Path>
    ? Routes[`${Name} ${Path}` & keyof Routes]
    : never;
}[PathsOf<Routes, Name>];

type AnswerOf<R> = R extends { readonly answer: infer T } ? T : unknown;
type OptionsOf<R> = R extends { readonly body: infer T }
  ? Omit<ApiOptions, "json" | "body"> & { readonly json: T }
  : ApiOptions;

interface UntypedApi {
  get<T = unknown>(path: string, options?: ApiOptions): Promise<ApiResult<T>>;
  post<T = unknown>(path: string, options?: ApiOptions): Promise<ApiResult<T>>;
  put<T = unknown>(path: string, options?: ApiOptions): Promise<ApiResult<T>>;
  patch<T = unknown>(path: string, options?: ApiOptions): Promise<ApiResult<T>>;
  delete<T = unknown>(path: string, options?: ApiOptions): Promise<ApiResult<T>>;
}

type TypedCall<Routes, Name extends Verb> = <Path extends Written<PathsOf<Routes, Name>>>(
  path: Path,
  ...options: Record<string, never> extends OptionsOf<RouteOf<Routes, Name, Path>>
    ? [options?: OptionsOf<RouteOf<Routes, Name, Path>>]
    : [options: OptionsOf<RouteOf<Routes, Name, Path>>]
) => Promise<ApiResult<AnswerOf<RouteOf<Routes, Name, Path>>>>;

interface TypedApi<Routes> {
  readonly get: TypedCall<Routes, "GET">;
  readonly post: TypedCall<Routes, "POST">;
  readonly put: TypedCall<Routes, "PUT">;
  readonly patch: TypedCall<Routes, "PATCH">;
  readonly delete: TypedCall<Routes, "DELETE">;
}

/** The calls of an extension; with a map `{"GET /notes": {answer: Note[]}}` paths and bodies are checked. */
export type ApiOf<Routes> = Routes extends AnyRoutes ? UntypedApi : TypedApi<Routes>;

export type { Route };

/** Turns the list of pages into routes. */

import { lazy, Suspense } from "react";
import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { type ConsolePage, EXTENSION_PAGES, PLAIN_PAGES, TENANT_PAGES } from "./routes.tsx";
import { useSession } from "./session/session-context.ts";
import type { CrumbHandle } from "./shell/breadcrumbs.tsx";
import { ExtensionFrame } from "./shell/extension-frame.tsx";
import { OwnTenant } from "./shell/own-tenant.tsx";
import { PageCrash } from "./shell/page-crash.tsx";
import { Permitted } from "./shell/permitted.tsx";
import { Shell } from "./shell/shell.tsx";

const SignIn = lazy(() => import("./pages/sign-in/page.tsx"));
const NotFound = lazy(() => import("./pages/not-found/page.tsx"));

const crumb = (text: string): CrumbHandle => ({ crumb: () => text });

function routeOf(page: ConsolePage, hasHead: boolean): RouteObject {
  const element = (
    <Permitted page={page.page} title={page.title} permission={page.permission} hasHead={hasHead} />
  );
  const place = page.path === "" ? { index: true as const } : { path: page.path };
  return { ...place, element, errorElement: <PageCrash />, handle: crumb(page.title) };
}

function Home() {
  const { tenant } = useSession();
  return <Navigate to={`/t/${encodeURIComponent(tenant.slug)}/extensions`} replace />;
}

export function consoleRoutes(): RouteObject[] {
  return [
    {
      path: "/sign-in",
      element: (
        <Suspense>
          <SignIn />
        </Suspense>
      ),
      errorElement: <PageCrash />,
    },
    {
      element: <Shell />,
      errorElement: <PageCrash />,
      children: [
        { index: true, element: <Home /> },
        ...PLAIN_PAGES.map((page) => routeOf(page, false)),
        {
          path: "/t/:tenant",
          element: <OwnTenant />,
          handle: { crumb: ({ tenant }) => tenant ?? "" } satisfies CrumbHandle,
          children: [
            { index: true, element: <Home /> },
            ...TENANT_PAGES.map((page) => routeOf(page, false)),
            {
              path: "extensions/:publisher/:name",
              element: <ExtensionFrame />,
              handle: { crumb: ({ publisher, name }) => `${publisher}/${name}` } satisfies CrumbHandle,
              children: EXTENSION_PAGES.map((page) => routeOf(page, true)),
            },
          ],
        },
        { path: "*", element: <NotFound /> },
      ],
    },
  ];
}

export const consoleRouter = () => createBrowserRouter(consoleRoutes());

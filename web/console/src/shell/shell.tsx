import { Suspense } from "react";
import { Outlet } from "react-router";
import { SessionProvider } from "../session/session-provider.tsx";
import { ShortcutKeys } from "../shortcuts/shortcut-keys.tsx";
import { Loading } from "../states/loading.tsx";
import { Breadcrumbs } from "./breadcrumbs.tsx";
import { SessionEnd } from "./session-end.tsx";
import { SideNav } from "./side-nav.tsx";
import { TopBar } from "./top-bar.tsx";
import { useFocusAfterNavigation } from "./use-focus-after-navigation.ts";

/** The frame of every page for whoever is signed in: top bar, navigation, the page, and nothing that moves. */
export function Shell() {
  return (
    <SessionProvider>
      <Frame />
    </SessionProvider>
  );
}

function Frame() {
  const main = useFocusAfterNavigation();
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <TopBar />
      <SideNav />
      <main id="main" ref={main} tabIndex={-1}>
        <Breadcrumbs />
        <Suspense fallback={<Loading what="the page" />}>
          <Outlet />
        </Suspense>
      </main>
      <SessionEnd />
      <ShortcutKeys />
    </div>
  );
}

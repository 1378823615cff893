import { LinkProvider, ToastProvider } from "@annex/ui-kit";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { consoleQueries } from "./queries.ts";
import { consoleRouter } from "./router.tsx";
import { AnnounceProvider } from "./shell/announce.tsx";
import { RouterLink } from "./shell/router-link.tsx";
import { ZoneChoiceProvider } from "./shell/zone-choice.tsx";
import "@annex/ui-kit/tokens.css";
import "@annex/ui-kit/kit.css";
import "./console.css";
import "./running.css";
import "./writing/writing.css";

const place = document.getElementById("console");
if (place === null) throw new TypeError("The page has no place for the console.");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={consoleQueries()}>
      <LinkProvider component={RouterLink}>
        <ZoneChoiceProvider>
          <AnnounceProvider>
            <ToastProvider>
              <RouterProvider router={consoleRouter()} />
            </ToastProvider>
          </AnnounceProvider>
        </ZoneChoiceProvider>
      </LinkProvider>
    </QueryClientProvider>
  </StrictMode>,
);

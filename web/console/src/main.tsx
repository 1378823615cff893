import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { consoleQueries } from "./queries.ts";
import { consoleRouter } from "./router.tsx";
import { AnnounceProvider } from "./shell/announce.tsx";
import { ToastProvider } from "./shell/toasts.tsx";
import "./console.css";

const place = document.getElementById("console");
if (place === null) throw new TypeError("The page has no place for the console.");
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={consoleQueries()}>
      <AnnounceProvider>
        <ToastProvider>
          <RouterProvider router={consoleRouter()} />
        </ToastProvider>
      </AnnounceProvider>
    </QueryClientProvider>
  </StrictMode>,
);

// StarlingMonkey runs its own jobs and has the Web's globals; only the log lines of console are its standard output.
import { host } from "./host.js";
import { serve } from "./serve.js";

export const serveHere = (handle) => serve(handle, { host, settle: (answer) => answer });

// Builds a component from an extension's entry: bundles it with the runtime of its engine, then componentizes it.
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

// How the engine names the bundle in stack traces.
const BUNDLE = "guest.js";
const here = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const WIT = here("wit/alga-extension.wit");
// The engine does not run jobs inside a synchronous export: async functions become generators over the global
// Promise, which the runtime replaces.
const WITHOUT_NATIVE_ASYNC = { "async-await": false, "async-generator": false, "for-await": false };

// `componentize` is that of @bytecodealliance/componentize-js, for StarlingMonkey only: its tools are 385 MB, so
// they are no dependency of this package.
export async function buildGuest({ entry, wit = WIT, out, engine = "quickjs", componentize, disableFeatures, map }) {
  const work = await mkdtemp(join(tmpdir(), "annex-guest-"));
  try {
    const { source, sourceMap } = await bundle({ entry, engine, out });
    const component =
      engine === "quickjs"
        ? await withQuickJs(source, { wit, work })
        : await withStarling(source, { wit, work, componentize, disableFeatures });
    await mkdir(dirname(resolve(out)), { recursive: true });
    await writeFile(out, component);
    if (map) {
      await writeFile(`${out}.map`, sourceMap);
    }
    return component.length;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function bundle({ entry, engine, out }) {
  const runtime = engine === "quickjs" ? "quickjs" : "starling";
  const result = await build({
    stdin: {
      contents: [
        `import { serveHere } from ${JSON.stringify(here(`src/${runtime}.js`))};`,
        `import { handler as handle } from ${JSON.stringify(resolve(entry))};`,
        "export const handler = serveHere(handle);",
      ].join("\n"),
      resolveDir: dirname(resolve(entry)),
    },
    alias: { "@annex/extension-runtime": here("src/index.js") },
    bundle: true,
    external: ["alga:*", "wasi:*"],
    format: "esm",
    logLevel: "warning",
    outfile: join(dirname(resolve(out)), BUNDLE), // nothing is written; sources in the map are told from here
    sourcemap: "external",
    sourcesContent: false,
    supported: engine === "quickjs" ? WITHOUT_NATIVE_ASYNC : {},
    target: "es2022",
    write: false,
  });
  const text = (suffix) => result.outputFiles.find(({ path }) => path.endsWith(suffix)).text;
  return { source: text(".js"), sourceMap: text(".js.map") };
}

async function withQuickJs(source, { wit, work }) {
  const { componentize } = await import("componentize-qjs");
  await cp(here("wit/guest.wit"), join(work, "wit", "guest.wit"));
  await cp(here("wit/random.wit"), join(work, "wit", "deps", "random", "random.wit"));
  await cp(wit, join(work, "wit", "deps", "extension", "extension.wit"));
  const entry = join(work, BUNDLE);
  await writeFile(entry, source);
  const { component } = await componentize({
    witPath: join(work, "wit"),
    world: "guest",
    jsPath: entry,
    jsSource: source,
    moduleRoot: work,
    sync: true, // the platform runs guests without component-model async
    stubWasi: false, // the clock must be right in every fresh instance
    optSize: true,
  });
  return component;
}

// fetch() would import wasi:http, which the platform accepts and never answers.
async function withStarling(source, { wit, work, componentize, disableFeatures = ["http", "fetch-event"] }) {
  const entry = join(work, BUNDLE);
  await writeFile(entry, source);
  const options = { witPath: resolve(wit), worldName: "runner", disableFeatures };
  const { component } = await componentize({ sourcePath: entry, ...options });
  return component;
}

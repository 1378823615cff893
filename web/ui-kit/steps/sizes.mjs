import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

/** What nearly every page of the kit has: words, links, buttons, a field. */
const BASE = [
  "Button",
  "IconButton",
  "Icon",
  "Link",
  "LinkProvider",
  "StringsProvider",
  "TextField",
  "Tooltip",
];
const KB = 1000;
export const BUDGETS = { base: 6 * KB, component: 5 * KB, pair: 14 * KB, tokens: 3 * KB };

/** Measure, minified and compressed: the base, each component beyond it, the largest two together, the style sheets. */
export async function measureSizes(kit) {
  const base = await sizeOf(kit, BASE);
  const rows = [{ name: "base", bytes: base, most: BUDGETS.base }];
  for (const name of await components(kit)) {
    const bytes = Math.max(0, (await sizeOf(kit, [...BASE, name])) - base);
    rows.push({ name, bytes, most: BUDGETS.component });
  }
  rows.push({
    name: "DataTable + LogView",
    bytes: await sizeOf(kit, ["DataTable", "LogView"]),
    most: BUDGETS.pair,
  });
  rows.push({
    name: "tokens.css",
    bytes: await sheetSize(kit, "src/tokens/tokens.css"),
    most: BUDGETS.tokens,
  });
  rows.push({ name: "kit.css", bytes: await sheetSize(kit, "src/kit.css"), most: Number.POSITIVE_INFINITY });
  return rows;
}

export function overBudget(rows) {
  return rows.filter((row) => row.bytes > row.most);
}

export function sizeTable(rows) {
  return rows
    .map(({ name, bytes, most }) => {
      const budget = Number.isFinite(most) ? ` of ${String(most).padStart(6)}` : "";
      return `${name.padEnd(24)}${String(bytes).padStart(6)}${budget}${bytes > most ? "  over budget" : ""}\n`;
    })
    .join("");
}

/** The components: what the index exports under a capital letter. */
async function components(kit) {
  const { metafile } = await build({ ...options(kit, "export * from './src/index.ts'"), metafile: true });
  const [output] = Object.values(metafile.outputs);
  return output.exports.filter((name) => /^[A-Z][a-z]/.test(name) && !BASE.includes(name)).sort();
}

async function sizeOf(kit, names) {
  const { outputFiles } = await build(options(kit, `export { ${names.join(", ")} } from './src/index.ts'`));
  return compressed(outputFiles[0].contents);
}

function options(kit, contents) {
  return {
    stdin: { contents, resolveDir: kit, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    outfile: "out.js",
    format: "esm",
    jsx: "automatic",
    target: "es2022",
    external: ["react", "react-dom"],
  };
}

async function sheetSize(kit, path) {
  const { outputFiles } = await build({
    entryPoints: [join(kit, path)],
    bundle: true,
    minify: true,
    write: false,
    outdir: "out",
  });
  return compressed(outputFiles[0].contents);
}

function compressed(contents) {
  return brotliCompressSync(contents).length;
}

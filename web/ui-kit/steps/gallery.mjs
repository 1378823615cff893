import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** Bundle the gallery with everything it needs into one folder. */
export async function buildGallery(kit, outdir) {
  const shared = { bundle: true, minify: true, outdir, target: "es2022", logLevel: "warning" };
  await build({
    ...shared,
    entryPoints: [join(kit, "gallery/gallery.tsx")],
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  await build({ ...shared, entryPoints: [join(kit, "src/theme/theme-boot.ts")], format: "iife" });
  await build({ ...shared, entryPoints: [join(kit, "gallery/gallery.css")] });
  await copyFile(join(kit, "gallery/index.html"), join(outdir, "index.html"));
}

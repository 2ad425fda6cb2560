import { join } from "node:path";
import { build } from "vite";

/** Builds the web page into a folder, and returns the files that went into it. */
export async function buildWeb(root: string, outDir: string): Promise<readonly string[]> {
  const inputs = new Set<string>();
  await build({
    configFile: false,
    root: join(root, "src/web"),
    logLevel: "warn",
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      // The policy of the page allows nothing inline.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    plugins: [{ name: "inputs", load: (id: string) => void inputs.add(id.replace(/\?.*$/, "")) }],
  });
  return [...inputs];
}

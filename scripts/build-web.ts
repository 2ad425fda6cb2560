import { join } from "node:path";
import { build } from "vite";

/** A page: where its sources are, and the folder of the package that it is built into. */
interface Page {
  readonly source: string;
  readonly out: string;
}

/** The page of `engine serve`, and that of `engine monitoring preview`. */
const PAGES: readonly Page[] = [
  { source: "src/web", out: "dist/web" },
  { source: "src/web/preview", out: "dist/preview" },
];

/** Builds the web pages, and returns the files that went into them. */
export async function buildWeb(root: string): Promise<readonly string[]> {
  const inputs = new Set<string>();
  for (const { source, out } of PAGES) {
    await build({
      configFile: false,
      root: join(root, source),
      publicDir: join(root, "src/web/public"),
      logLevel: "warn",
      build: {
        outDir: join(root, out),
        emptyOutDir: true,
        target: "es2022",
        // The policy of the pages allows nothing inline.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
      plugins: [{ name: "inputs", load: (id: string) => void inputs.add(id.replace(/\?.*$/, "")) }],
    });
  }
  return [...inputs];
}

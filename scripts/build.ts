/*
 * Bundles the command line into dist/: one small entry, and a chunk for each command, which is loaded
 * when it is called for. The dependencies are bundled too, so the package installs nothing else.
 */
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { buildWeb } from "./build-web.ts";

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");

/**
 * An ES module that imports `node:fs` by default makes Node evaluate all that it exports, promises and streams
 * included, and that takes as long as the whole of `--help` may. Commander is loaded by every command and hardly
 * uses what it imports, so it gets these when it asks.
 */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|fs|process)$/ }, ({ path, importer }) =>
      /[/\\]commander[/\\]/.test(importer) ? { path, namespace: "lazy" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "lazy" }, ({ path }) => ({
      contents:
        path === "node:process"
          ? "export default process;"
          : `export default new Proxy({}, { get: (_, name) => process.getBuiltinModule("${path}")[name] });`,
    }));
  },
};

/**
 * The same for imports of names, in what every command loads: what Node has at hand of the module, and not what it would
 * load when it is asked for.
 */
const plainBuiltins: Plugin = {
  name: "plain-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(fs|util)$/ }, ({ path, importer }) =>
      /[/\\]node_modules[/\\](?!commander[/\\])/.test(importer) ? undefined : { path, namespace: "plain" },
    );
    onLoad({ filter: /.*/, namespace: "plain" }, ({ path }) => {
      const descriptors = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(path)));
      const names = descriptors.flatMap(([name, { get }]) => (get === undefined ? [name] : []));
      return {
        contents: `const all = process.getBuiltinModule("${path}");
export default all;
export const { ${names.join(", ")} } = all;`,
      };
    });
  },
};

/**
 * What dockerode brings and the engine has no use for: images built by BuildKit, which takes gRPC and Protocol Buffers.
 * Nothing calls it.
 */
const withoutBuildKit: Plugin = {
  name: "without-buildkit",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:\.\/session|\.\/buildkit|@balena\/dockerignore|tar-fs)$/ }, ({ path, importer }) =>
      /[/\\]dockerode[/\\]/.test(importer) ? { path, namespace: "without-buildkit" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "without-buildkit" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** What the package's code is made for. */
const COMMON = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node24",
  metafile: true,
  legalComments: "none",
  define: { "globalThis.ENGINE_BUILD": JSON.stringify(hashOfSources()) },
  logLevel: "warning",
} as const;

const { metafile } = await build({
  ...COMMON,
  entryPoints: {
    bin: "src/cli/bin.ts",
    "node-worker": "src/executors/local/node-worker.ts",
    "plugin-schema": "src/operators/plugin-schema.ts",
    "sqlite-process": "src/operators/sql/sqlite-process.ts",
  },
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  splitting: true,
  format: "esm",
  plugins: [lazyBuiltins, plainBuiltins, withoutBuildKit],
  // Parts of ssh2 in machine code: it does without them where they can't be loaded.
  external: ["cpu-features", "*/sshcrypto.node"],
  // Dependencies in CommonJS call `require` for Node's own modules, and for nothing else; an ES module has none. One
  // (ssh2) asks for its folder, and reads nothing there.
  banner: { js: "const require = process.getBuiltinModule, __dirname = import.meta.dirname;" },
});

/** Who validates starts no operator, and does without the packages that operators load when they are started. */
const withoutOperatorsAtWork: Plugin = {
  name: "without-operators-at-work",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, kind, importer }) =>
      kind === "dynamic-import" && !path.startsWith("node:") && importer.startsWith(join(root, "src/operators/"))
        ? { path, namespace: "at-work" }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "at-work" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not there where pipelines are only checked`)});`,
    }));
  },
};

// The command that is started over and over stands in one file: see src/cli/validate/code-cache.ts.
await build({
  ...COMMON,
  entryPoints: {
    "check-thread": "src/cli/validate/start-thread.ts",
    validate: "src/cli/validate/start.ts",
    "chunks/validate": "src/cli/validate/bundle.ts",
  },
  outdir: "dist",
  outExtension: { ".js": ".cjs" },
  format: "cjs",
  // A script of `vm` has no `import()` of its own without a warning. What it would import can be required.
  supported: { "dynamic-import": false },
  define: { ...COMMON.define, "import.meta.dirname": "__dirname", "import.meta.url": "fileUrl" },
  banner: { js: 'const fileUrl = require("node:url").pathToFileURL(__filename).href;' },
  plugins: [withoutOperatorsAtWork, lazyBuiltins, plainBuiltins, withoutBuildKit],
});
copyFileSync(join(root, "src/cli/launcher.cjs"), join(dist, "engine.cjs"));
chmodSync(join(dist, "engine.cjs"), 0o755);
copyFileSync(join(root, "src/operators/code/python-runner.py"), join(dist, "python-runner.py"));
// They hold types and nothing else, so they are their own declarations.
copyFileSync(join(root, "src/operators/code/task-context.ts"), join(dist, "task-context.d.ts"));
copyFileSync(join(root, "src/operators/plugin-types.ts"), join(dist, "plugin-types.d.ts"));
writeFileSync(join(dist, "index.d.ts"), 'export * from "./plugin-types.js";\nexport * from "./task-context.js";\n');
const pages = await buildWeb(root);
writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), thirdPartyLicenses([...Object.keys(metafile.inputs), ...pages]));
removeLeftovers();

/** Tells this build from every other: by all that is bundled, the dependencies by their versions. */
function hashOfSources(): string {
  const hash = createHash("sha256");
  for (const file of [
    "package-lock.json",
    "package.json",
    "scripts/build.ts",
    ...globSync("src/**/*.ts", { cwd: root, exclude: ["src/web/**"] }).sort(),
  ]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Chunks of earlier builds go last, so that a command which is just running finds its own. */
function removeLeftovers(): void {
  const chunks = join(dist, "chunks");
  for (const name of readdirSync(chunks)) {
    if (name.endsWith(".js") && !(`dist/chunks/${name}` in metafile.outputs)) rmSync(join(chunks, name));
  }
}

/** The licence text of every package that went into the bundle, as those licences ask. */
function thirdPartyLicenses(inputs: readonly string[]): string {
  const packages = new Set<string>();
  for (const input of inputs) {
    const name = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name !== undefined) packages.add(relative(root, resolve(root, name)));
  }
  return [...packages]
    .sort()
    .map((folder) => licenceOf(join(root, folder)))
    .join("\n\n");
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const heading = `${name} ${version} (${license})\n${"-".repeat(72)}\n`;
  for (const file of ["LICENSE", "LICENSE.md", "LICENSE.txt", "license", "LICENCE"]) {
    try {
      return heading + readFileSync(join(folder, file), "utf8").trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return `${heading}(The package names its licence and ships no text.)`;
}

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConfigFlags, type LoadedConfig, loadConfig } from "../../../src/config/index.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const DAY_MS = 86_400_000;

function load(yaml: string | undefined, env: Record<string, string> = {}, flags: ConfigFlags = {}): LoadedConfig {
  const cwd = temporaryFolder();
  if (yaml !== undefined) writeFileSync(join(cwd, "engine.yaml"), yaml);
  return loadConfig({ cwd, env, flags });
}

/** `ENG201 engine.yaml:2:1 message | hint` of each finding. */
function findings({ config, diagnostics }: LoadedConfig): readonly string[] {
  expect(config === undefined).toBe(diagnostics.some(({ severity }) => severity === "error"));
  return diagnostics.map(({ code, file, range, message, hint }) => {
    const { line, column } = range.start;
    return `${code} ${file}:${line}:${column} ${message}${hint === undefined ? "" : ` | ${hint}`}`;
  });
}

describe("the configuration", () => {
  test("has working defaults when there is nothing at all", () => {
    const cwd = temporaryFolder();
    expect(loadConfig({ cwd, env: {}, flags: {} })).toEqual({
      config: {
        root: cwd,
        has_file: false,
        plugins: [],
        server: { host: "127.0.0.1", port: 8420, auth: "none" },
        metrics: { airflow_names: false, max_series: 50_000 },
        retention: { runs_ms: 90 * DAY_MS, keep_runs: 10, logs_ms: 30 * DAY_MS, audit_ms: 365 * DAY_MS },
        pipelines: join(cwd, "pipelines"),
        data: join(cwd, ".engine"),
        concurrency: 16,
        pools: {},
        vars: {},
        connections: {},
        secrets: { environment: {}, commands: {}, timeout_ms: 10_000, refresh_ms: 300_000 },
        validate: { rules: {}, overrides: [], ignore: [] },
      },
      diagnostics: [],
      found: { diagnostics: [], comments: [] },
      texts: new Map(),
    });
  });

  test("keeps what was as long as the file and the variable say, key by key", () => {
    const yaml = "retention: { runs: 7d, keep_runs: 3, max_runs: 2 }\n";
    const { config } = load(yaml, { ENGINE_RETENTION: "{logs: 1h}" });
    const day = { runs_ms: 7 * DAY_MS, logs_ms: 3_600_000, audit_ms: 365 * DAY_MS };
    expect(config?.retention).toEqual({ ...day, keep_runs: 2, max_runs: 2 });
    expect(findings(load("retention: { keep_runs: 0 }\n"))).toHaveLength(1);
  });

  test("is the same with a file of comments alone", () => {
    for (const text of ["", "# nothing\n", "---\n# nothing\n\n"]) {
      expect(load(text).config).toMatchObject({ concurrency: 16 });
    }
  });

  test("comes from the nearest engine.yaml upwards, and paths in it begin there", () => {
    const root = temporaryFolder();
    const cwd = join(root, "a/b");
    mkdirSync(cwd, { recursive: true });
    writeFileSync(join(root, "engine.yaml"), "pipelines: flows\ndata: /var/lib/engine\n");
    const { config, file } = loadConfig({ cwd, env: {}, flags: {} });
    expect(file).toBe("../../engine.yaml");
    expect(config).toMatchObject({ root, pipelines: join(root, "flows"), data: "/var/lib/engine" });
  });

  test("takes paths of variables and flags from the working directory", () => {
    const root = temporaryFolder();
    const cwd = join(root, "sub");
    mkdirSync(cwd);
    writeFileSync(join(root, "engine.yaml"), "pipelines: flows\n");
    const { config } = loadConfig({ cwd, env: { ENGINE_PIPELINES: "here" }, flags: { data: "../store" } });
    expect(config).toMatchObject({ pipelines: join(cwd, "here"), data: join(root, "store") });
  });

  test("lets a flag outweigh a variable, and a variable outweigh the file", () => {
    const yaml = "concurrency: 1\n";
    expect(load(yaml).config?.concurrency).toBe(1);
    expect(load(yaml, { ENGINE_CONCURRENCY: "2" }).config?.concurrency).toBe(2);
    expect(load(yaml, { ENGINE_CONCURRENCY: "2" }, { concurrency: "3" }).config?.concurrency).toBe(3);
  });

  test("puts pools and vars together name by name", () => {
    const yaml = "pools: { gpu: 1, disk: 1 }\nvars: { region: eu, size: 3 }\n";
    const env = { ENGINE_POOLS: "{gpu: 2, net: 2}", ENGINE_VARS: '{"debug": true}' };
    const { config } = load(yaml, env, { pool: ["net=3", "cpu=4"], var: ["region=us", "note=a=b", "empty="] });
    expect(config?.pools).toEqual({ gpu: 2, disk: 1, net: 3, cpu: 4 });
    expect(config?.vars).toEqual({ region: "us", size: 3, debug: true, note: "a=b", empty: "" });
  });

  test("takes an empty variable as none", () => {
    expect(load("concurrency: 4\n", { ENGINE_CONCURRENCY: "", ENGINE_DATA: "" }).config).toMatchObject({
      concurrency: 4,
    });
  });

  test("gathers secrets of the environment as they are, and takes none from the file", () => {
    const env = { ENGINE_SECRET_TOKEN: " x ", ENGINE_SECRET_EMPTY: "", SECRET_OTHER: "no" };
    expect(load(undefined, env).config?.secrets.environment).toEqual({ TOKEN: " x ", EMPTY: "" });
    expect(findings(load("secrets: { TOKEN: x }\n"))).toEqual([
      "ENG201 engine.yaml:1:12 `secrets` has no key `TOKEN` | the keys here are `files`, `commands`, `timeout` and `refresh`",
    ]);
  });
});

describe("what is wrong with the configuration", () => {
  test("has a code, a place and a hint, all of it in one go", () => {
    const yaml = "concurrncy: 4\npools:\n  gpu: none\n  GPU 2: 1\nvars: [a]\nconcurrency: 0\n";
    expect(findings(load(yaml))).toEqual([
      "ENG201 engine.yaml:1:1 engine.yaml has no key `concurrncy` | did you mean `concurrency`?",
      "ENG203 engine.yaml:3:8 `gpu` must be a whole number, but it is the text `none`",
      "ENG311 engine.yaml:4:3 `GPU 2` can't be a name here | write `gpu_2`: small letters, digits, `_` and `-`, beginning with a letter; at most 63 characters",
      "ENG203 engine.yaml:5:7 `vars` must be a mapping, but it is a list | write `key: value` lines, without dashes",
      "ENG204 engine.yaml:6:14 `concurrency` must be between 1 and 10000, but it is `0`",
    ]);
  });

  test("is told of broken YAML, duplicate keys and other bytes too", () => {
    expect(findings(load("pools: {gpu: 1"))[0]).toMatch(/^ENG101 engine\.yaml:1:/);
    expect(findings(load("data: a\ndata: b\n"))[0]).toMatch(/^ENG102 engine\.yaml:2:1/);
    expect(findings(load("- a\n"))[0]).toMatch(/^ENG203 engine\.yaml:1:1 engine\.yaml must be a mapping/);
    expect(findings(load("data: \0\n"))[0]).toMatch(/^ENG105 engine\.yaml:1:7/);
  });

  test("names the variable or the flag that it is about", () => {
    const env = { ENGINE_CONCURRENCY: "many", ENGINE_POOLS: "gpu" };
    const flags = { concurrency: "1.5", pool: ["gpu", "net=x"], var: ["=1"], data: " " };
    expect(findings(load(undefined, env, flags))).toEqual([
      "ENG203 ENGINE_CONCURRENCY:1:1 ENGINE_CONCURRENCY must be a whole number, but it is the text `many`",
      "ENG203 ENGINE_POOLS:1:1 ENGINE_POOLS must be a mapping, but it is the text `gpu`",
      "ENG204 --data:1:1 --data is empty | give a folder, or leave it out",
      "ENG203 --concurrency:1:1 --concurrency must be a whole number, but it is the number `1.5`",
      "ENG204 --pool:1:1 --pool must have the form NAME=SLOTS | write `--pool gpu=2`",
      "ENG203 --pool net:1:6 `net` must be a whole number, but it is the text `x`",
      "ENG204 --var:1:1 --var must have the form NAME=VALUE | write `--var region=eu`",
    ]);
  });

  test("comes with the text that it is about, for a code frame", () => {
    const { texts } = load("pool: 1\n", { ENGINE_CONCURRENCY: "many" });
    expect([...texts]).toEqual([
      ["engine.yaml", "pool: 1\n"],
      ["ENGINE_CONCURRENCY", "many"],
    ]);
  });

  test("is an error of the system when the file can't be read", () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "engine.yaml"));
    expect(() => loadConfig({ cwd, env: {}, flags: {} })).toThrow(/EISDIR/);
  });

  test("is never a throw, whatever the file holds", () => {
    const cwd = temporaryFolder();
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.string({ unit: "binary" }).map(Buffer.from)),
        (bytes) => {
          writeFileSync(join(cwd, "engine.yaml"), bytes);
          findings(loadConfig({ cwd, env: {}, flags: {} }));
        },
      ),
    );
  });
});

import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CheckedCatalog, findStrays, nameFor } from "../../catalog/index.ts";
import { CONFIG_FILE, type Config } from "../../config/index.ts";
import { type Found, fingerprintsOf, type Report, settle } from "../../language/index.ts";
import { pluginFindings, settleOptions } from "../load.ts";
import type { Cli } from "../terminal.ts";
import type { BaselineFile } from "./baseline-file.ts";

export interface Unsettled {
  readonly config: Config;
  /** What was found in engine.yaml; reported where the whole folder was checked. */
  readonly found: Found;
  readonly catalog: CheckedCatalog;
  readonly baseline: BaselineFile | undefined;
  /** Whether the whole folder of pipelines was checked. */
  readonly complete: boolean;
}

/** What is left to report. */
type Outcome = Pick<Report, "files" | "diagnostics" | "suppressed" | "fingerprints" | "sourceOf" | "pathOf">;

/** From what was found to what is reported: levels and suppressions, then the baseline. */
export function settleAll(cli: Cli, unsettled: Unsettled): Outcome {
  const { config, catalog, baseline, complete } = unsettled;
  const { files, found } = catalog;
  const sourceOf = (file: string): string | undefined => catalog.sourceOf(file) ?? configText(cli, config, file);
  const fromRoot = (file: string): string => pathFrom(config.root, resolve(cli.cwd, file));
  const strays = findStrays(files, nameFor(config.pipelines, cli.cwd));
  const ofConfig = complete ? unsettled.found : { diagnostics: [], comments: [] };
  // One that is missing tells why operators are unknown, whatever is checked.
  const ofEngineYaml = [...ofConfig.diagnostics, ...pluginFindings(config)];
  const all = {
    // What is mended are pipelines alone.
    diagnostics: [...found.diagnostics, ...strays, ...ofEngineYaml.map(({ fix: _, ...one }) => one)],
    comments: [...found.comments, ...ofConfig.comments],
  };
  const settled = settle(all, settleOptions(cli, config, complete));
  const everything = [...settled.diagnostics, ...settled.suppressed.map(({ diagnostic }) => diagnostic)];
  const fingerprints = fingerprintsOf(everything, { sourceOf, pathOf: fromRoot });
  const findings = { settled, fingerprints, files, pathOf: fromRoot, root: config.root };
  const { diagnostics, suppressed } = baseline?.apply(findings) ?? settled;
  const base = repositoryOf(cli, config);
  const pathOf = (file: string): string => pathFrom(base, resolve(cli.cwd, file));
  return { files, diagnostics, suppressed, fingerprints, sourceOf, pathOf };
}

/** Findings about suppressions may stand in engine.yaml, which is no pipeline. */
function configText(cli: Cli, { root }: Config, file: string): string | undefined {
  const path = join(root, CONFIG_FILE);
  return resolve(cli.cwd, file) === path && existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** GitHub names files from where it checked the repository out, which need not be the folder of engine.yaml. */
function repositoryOf({ cwd, env }: Cli, { root }: Config): string {
  const workspace = env.GITHUB_WORKSPACE ?? "";
  return workspace !== "" && !nameFor(cwd, workspace).startsWith("../") ? workspace : root;
}

/** With slashes; absolute when it stands outside. */
function pathFrom(base: string, path: string): string {
  const name = nameFor(path, base);
  return name.startsWith("../") ? path : name;
}

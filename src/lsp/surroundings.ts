import type { Config, ConfigFlags } from "../config/index.ts";
import type { EpochMs } from "../core/index.ts";
import type { CompileOptions, Diagnostic } from "../language/index.ts";

/** What the server has of the world outside, beside the files and the client. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: ConfigFlags;
  /** What the language has to know to check pipelines of a configuration; files are named from `cwd` on. */
  compileOptions(config: Config, cwd: string): CompileOptions;
  /** What is wrong with the plugins of a configuration. */
  pluginFindings(config: Config): readonly Diagnostic[];
  /** Where the page on a code can be read. */
  docsUrl(code: string): string;
  now(): EpochMs;
}

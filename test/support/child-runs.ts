import { aFolder, runEngine } from "./engine-process.ts";

/** A repository of pipelines, by their names. */
export const repository = (pipelines: Readonly<Record<string, string>>): string =>
  aFolder(Object.fromEntries(Object.entries(pipelines).map(([name, text]) => [`pipelines/${name}.yaml`, text])));

/** A pipeline whose task waits at the gate. */
export const AT_GATE = "tasks: { work: { bash: read -r word < gate } }\n";

/** A pipeline with one task, `call`. */
export const calling = (more: string): string => `tasks: { call: { ${more} } }\n`;

interface RunLine {
  readonly run_id: string;
  readonly pipeline: string;
  readonly state: string;
  readonly trigger: string;
  readonly parent_run_id?: string;
}

/** Newest first. */
export async function runsIn(cwd: string): Promise<readonly RunLine[]> {
  const { stdout } = await runEngine(["runs", "list", "--json"], { cwd });
  return (JSON.parse(stdout) as { runs: RunLine[] }).runs;
}

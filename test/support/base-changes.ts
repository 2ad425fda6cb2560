import { callEngine, type FakeCliOptions, type Outcome } from "./fake-cli.ts";
import { GitRepository, gitAlone } from "./git-repository.ts";

/*
 * `engine validate --base` in repositories of a test, and what it says of changes.
 */

/** The last day of January, at noon UTC. */
const NOW = Date.UTC(2026, 0, 31, 12);

export const LOAD = "timeout: 1h\ntasks:\n  load:\n    bash: ./load.sh --everything\n";
export const SEND = "timeout: 1h\ntasks:\n  send:\n    bash: ./send.sh to everybody\n";

export interface Call extends FakeCliOptions {
  readonly args?: readonly string[];
}

export async function call(
  cwd: string,
  base: string,
  { args = [], env = {}, ...options }: Call = {},
): Promise<Outcome> {
  const words = ["validate", "--base", base, "--format", "concise", ...args];
  return callEngine(words, { cwd, now: NOW, env: { ...gitAlone(), ...env }, ...options });
}

/** `file:line CODE message`, of the codes that the comparison gives. */
export async function changes(cwd: string, base: string, options: Call = {}): Promise<readonly string[]> {
  const { stdout } = await call(cwd, base, options);
  const lines = stdout.split("\n").flatMap((line) => {
    const [, place, code, message] =
      /^(.+:\d+):\d+: \w+\[(ENG91[124])\] (.*?)(: (?:write|if|keep|give|next) .*)?$/.exec(line) ?? [];
    return place === undefined ? [] : [`${place} ${code} ${message}`];
  });
  return lines;
}

export const gone = (name: string, base: string): string =>
  `ENG911 the pipeline \`${name}\` is gone since \`${base}\`, and leaves the history of its runs behind`;

export const renamed = (name: string, now: string, base: string): string =>
  `ENG911 this pipeline was called \`${name}\` at \`${base}\`: as \`${now}\` it begins without a history`;

/** Pipelines that were committed on main. */
export function committed(files: Readonly<Record<string, string>>, args?: readonly string[]): GitRepository {
  const repository = GitRepository.init(args === undefined ? {} : { args }).write(files);
  repository.commit();
  return repository;
}

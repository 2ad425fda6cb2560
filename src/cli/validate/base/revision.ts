import { suggest } from "../../../lib/index.ts";
import { type CliError, usageError } from "../../errors.ts";
import type { Repository } from "./git.ts";

/** A commit to compare with. */
export interface Revision {
  /** As it was given, without dots at its end. */
  readonly name: string;
  /** Its object id. */
  readonly commit: string;
}

/**
 * What `--base` stands for: the commit where the present one left the revision, as a pull request counts changes; of
 * `REV..` the revision itself. `REV...` is the same as `REV`. Throws a usage error when there is no such commit.
 */
export async function findRevision(repository: Repository, text: string): Promise<Revision> {
  const [, name = "", dots] = /^(.*?)(\.{2,3})?$/s.exec(text) ?? [];
  if (name === "")
    throw usageError("--base needs a revision", "name a branch, a tag or a commit: `--base origin/main`");
  const object = await repository.line(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
  const commit = object && (await repository.line(["rev-parse", "--verify", "--quiet", `${object}^{commit}`]));
  if (!commit) throw await unknown(repository, name);
  if (dots === "..") return { name, commit };
  const fork = await repository.line(["merge-base", commit, "HEAD"]);
  if (fork !== undefined) return { name, commit: fork };
  if (await isShallow(repository)) throw tooShallow(name);
  throw usageError(
    `\`${name}\` and what is checked out have no commit in common`,
    `compare with the revision itself: \`--base '${name}..'\``,
  );
}

async function unknown(repository: Repository, name: string): Promise<CliError> {
  const refs = (await repository.line(["for-each-ref", "--format=%(refname:short)"])) ?? "";
  const names = refs.split("\n").filter((each) => each !== "");
  const remote = names.find((each) => each.endsWith(`/${name}`));
  if (remote !== undefined) return usageError(`there is no revision \`${name}\``, `did you mean \`${remote}\`?`);
  if (await isShallow(repository)) return tooShallow(name);
  const near = suggest(name, names);
  if (near !== undefined) return usageError(`there is no revision \`${name}\``, `did you mean \`${near}\`?`);
  return usageError(
    `there is no revision \`${name}\``,
    "name a branch, a tag or a commit that is here; `git fetch` brings what the remote has",
  );
}

async function isShallow(repository: Repository): Promise<boolean> {
  return (await repository.line(["rev-parse", "--is-shallow-repository"])) === "true";
}

/** What CI clones by default: one commit. */
function tooShallow(name: string): CliError {
  return usageError(
    `this clone holds only the latest commits, and \`${name}\`, or where it was left, is not among them`,
    "fetch the whole history: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` on GitLab, `git fetch --unshallow` by hand",
  );
}

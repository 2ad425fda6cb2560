import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { outwardLinks } from "../../../../src/catalog/git/links.ts";
import { GitProblem } from "../../../../src/catalog/git/remote.ts";
import { type FollowOptions, followGit, type GitCatalog, type GitSync } from "../../../../src/catalog/index.ts";
import { operators } from "../../../../src/operators/index.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

type Files = Readonly<Record<string, string>>;

const MINUTE_MS = 60_000;
const say = (word: string): string => `tasks:\n  say: { bash: echo ${word} }\n`;
const BROKEN = "tasks:\n  say: { bsh: echo }\n";

/** A repository that a test holds in its hand. */
class Repository {
  readonly commits = new Map<string, Files>();
  head = "";
  /** What the repository answers instead. */
  problem: string | undefined;
  /** It does not answer at all. */
  isSilent = false;
  asked = 0;
  fetched = 0;
  /** Paths of links to elsewhere that checking out makes. */
  links: Readonly<Record<string, string>> = {};

  commit(files: Files): string {
    this.head = createHash("sha1")
      .update(JSON.stringify([this.commits.size, files]))
      .digest("hex");
    this.commits.set(this.head, files);
    return this.head;
  }

  readonly remote: FollowOptions["remote"] = {
    newest: async (signal) => {
      this.asked += 1;
      if (this.head === "") throw new GitProblem("it has no commit");
      if (this.problem !== undefined) throw new GitProblem(this.problem);
      if (this.isSilent) {
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener("abort", () => resolve());
        });
        throw new GitProblem(String(signal.reason));
      }
      return { commit: this.head, branch: "main" };
    },
    fetch: async () => {
      this.fetched += 1;
      return this.head;
    },
    checkOut: async (commit, folder) => {
      for (const [path, text] of Object.entries(this.commits.get(commit) ?? {})) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      for (const [path, target] of Object.entries(this.links)) symlinkSync(target, join(folder, path));
      return outwardLinks(folder, Object.keys(this.links));
    },
  };
}

interface World {
  readonly repository: Repository;
  readonly catalog: GitCatalog;
  readonly clock: VirtualClock;
  readonly folder: string;
  readonly done: GitSync[];
  readonly troubles: string[];
  readonly inUse: Set<string>;
  /** How often pipelines were read. */
  readonly looks: () => number;
  /** What the daemon after this one sees. */
  again(more?: Partial<FollowOptions>): Promise<World>;
  /** Time passes until the repository was asked again. */
  next(): Promise<GitSync>;
}

async function follow(
  repository: Repository,
  more: Partial<FollowOptions> = {},
  folder = join(temporaryFolder(), "git"),
  clock = new VirtualClock(),
): Promise<World> {
  const done: GitSync[] = [];
  const troubles: string[] = [];
  const inUse = new Set<string>();
  let looks = 0;
  let told: (() => void) | undefined;
  const catalog = await followGit({
    ...{ remote: repository.remote, url: "file:///repository", path: "pipelines", folder },
    ...{ interval_ms: MINUTE_MS, timeout_ms: MINUTE_MS },
    compileOptions: () => ({ operators }),
    now: () => clock.now(),
    after: (delay_ms, call) => clock.wakeAt(clock.now() + delay_ms, call),
    inUse: async () => inUse,
    onSync(one) {
      done.push(one);
      told?.();
    },
    onTrouble: (message, cause) => troubles.push(`${message}: ${String(cause)}`),
    measure(look) {
      looks += 1;
      look();
    },
    ...more,
  });
  return {
    ...{ repository, catalog, clock, folder, done, troubles, inUse, looks: () => looks },
    async again(other = more) {
      await catalog.close();
      return follow(repository, other, folder, clock);
    },
    async next() {
      const { promise, resolve } = Promise.withResolvers<void>();
      told = resolve;
      clock.moveTo(clock.nextAt() ?? 0);
      await promise;
      return done.at(-1) as GitSync;
    },
  };
}

const namesOf = ({ catalog }: World): readonly string[] => [...catalog.current().pipelines.keys()].sort();
const liveIn = ({ catalog }: World): string | undefined => catalog.state().live?.commit;

describe("a branch that is followed", () => {
  test("is live once it was asked, and each pipeline knows its commit", async () => {
    const repository = new Repository();
    const first = repository.commit({
      "pipelines/a.yaml": say("a"),
      "pipelines/b.yaml": say("b"),
      "other.yaml": BROKEN,
    });
    const world = await follow(repository);
    expect(namesOf(world)).toEqual(["a", "b"]);
    const a = world.catalog.current().pipelines.get("a");
    expect(a?.file).toBe("pipelines/a.yaml");
    expect(a && world.catalog.revisionOf(a)).toBe(first);
    const now = world.clock.now();
    expect(world.catalog.state()).toEqual({
      ...{ url: "file:///repository", path: "pipelines", branch: "main", rolled_back: false, synced_at: now },
      ...{ live: { commit: first, at: now }, seen: { commit: first, at: now } },
    });
    expect(world.done.map(({ result }) => result)).toEqual(["changed"]);
    expect(world.troubles).toEqual([]);
  });

  test("is asked each interval, and a commit that is known is neither fetched nor read again", async () => {
    const world = await follow(new Repository(), { interval_ms: 5 * MINUTE_MS });
    world.repository.commit({ "pipelines/a.yaml": say("a") });
    expect((await world.next()).result).toBe("changed");
    const before = world.clock.now();
    expect((await world.next()).result).toBe("unchanged");
    expect(world.clock.now() - before).toBe(5 * MINUTE_MS);
    expect([world.repository.fetched, world.looks()]).toEqual([1, 1]);
  });

  test("changes all pipelines at once", async () => {
    const world = await follow(new Repository());
    world.repository.commit({ "pipelines/a.yaml": say("1"), "pipelines/b.yaml": say("1") });
    await world.next();
    const seen: string[][] = [];
    world.catalog.onChange(({ pipelines }) => seen.push([...pipelines.keys()]));
    world.repository.commit({ "pipelines/b.yaml": say("2"), "pipelines/c.yaml": say("2") });
    await world.next();
    expect(seen).toEqual([["b", "c"]]);
  });

  test("tells of a commit that changes no pipeline: what stands beside them may have changed", async () => {
    const world = await follow(new Repository());
    world.repository.commit({ "pipelines/a.yaml": say("1"), "tool.sh": "1" });
    await world.next();
    const revisions: unknown[] = [];
    world.catalog.onChange(({ pipelines }) => {
      const a = pipelines.get("a");
      revisions.push(a && world.catalog.revisionOf(a));
    });
    const second = world.repository.commit({ "pipelines/a.yaml": say("1"), "tool.sh": "2" });
    await world.next();
    expect(revisions).toEqual([second]);
  });

  test("takes the files from the folder that it is told, the root itself too", async () => {
    const repository = new Repository();
    repository.commit({ "a.yaml": say("a"), "deep/b.yaml": say("b") });
    expect(namesOf(await follow(repository, { path: "." }))).toEqual(["a", "b"]);
    expect(namesOf(await follow(repository, { path: "deep" }))).toEqual(["b"]);
  });
});

describe("a commit with an error", () => {
  test("changes nothing, and is told with its findings", async () => {
    const world = await follow(new Repository());
    const good = world.repository.commit({ "pipelines/a.yaml": say("1"), "pipelines/b.yaml": say("1") });
    await world.next();
    const [a] = world.catalog.current().pipelines.values();
    const bad = world.repository.commit({ "pipelines/a.yaml": BROKEN, "pipelines/b.yaml": say("2") });
    const { result, state } = await world.next();
    expect(result).toBe("refused");
    expect(world.catalog.current().pipelines.get("a")).toBe(a);
    expect(state.live?.commit).toBe(good);
    expect(state.seen?.commit).toBe(bad);
    expect(state.refused).toMatchObject({ commit: bad, findings: [{ file: "pipelines/a.yaml", severity: "error" }] });
    expect([...world.catalog.current().broken]).toEqual([["pipelines/a.yaml", "a"]]);
    expect(readdirSync(join(world.folder, "commits"))).toEqual([good]);
  });

  test("is not read again, and is refused as long as it is the newest", async () => {
    const world = await follow(new Repository());
    world.repository.commit({ "pipelines/a.yaml": BROKEN });
    expect([(await world.next()).result, (await world.next()).result]).toEqual(["refused", "refused"]);
    expect([world.repository.fetched, world.looks()]).toEqual([1, 1]);
  });

  test("is read again when what it was refused for may be otherwise", async () => {
    const pools = new Map<string, number>();
    const world = await follow(new Repository(), { compileOptions: () => ({ operators, pools }) });
    world.repository.commit({ "pipelines/a.yaml": "tasks:\n  say: { bash: echo, pool: gpu }\n" });
    expect((await world.next()).result).toBe("refused");
    pools.set("gpu", 1);
    world.catalog.look();
    expect((await world.catalog.sync()).result).toBe("changed");
  });

  test("is forgotten when a good one follows, or the branch goes back to what is live", async () => {
    const world = await follow(new Repository());
    const good = world.repository.commit({ "pipelines/a.yaml": say("1") });
    await world.next();
    world.repository.commit({ "pipelines/a.yaml": BROKEN });
    await world.next();
    world.repository.head = good;
    expect((await world.next()).state).not.toHaveProperty("refused");
    expect(world.catalog.current().broken.size).toBe(0);
    world.repository.commit({ "pipelines/a.yaml": BROKEN, x: "" });
    await world.next();
    world.repository.commit({ "pipelines/a.yaml": say("3") });
    expect((await world.next()).result).toBe("changed");
    expect(world.catalog.state()).not.toHaveProperty("refused");
  });

  test.each([
    ["has no folder of pipelines", { "other/a.yaml": say("a") }, {}, "the commit has no such folder"],
    ["has a link to elsewhere", { "pipelines/a.yaml": say("a") }, { leak: "/etc" }, "a link out of the repository"],
    ["has a link past its root", { "pipelines/a.yaml": say("a") }, { "pipelines/up": "../../x" }, "a link out of"],
  ])("is also one that %s", async (_, files, links, message) => {
    const world = await follow(new Repository());
    world.repository.links = links;
    world.repository.commit(files);
    const { state } = await world.next();
    expect(state.refused?.findings[0]?.message).toContain(message);
    expect(world.looks()).toBe(0);
  });

  test("is none for a link that stays inside", async () => {
    const world = await follow(new Repository());
    world.repository.links = { "pipelines/again": "../other", nothing: "gone" };
    world.repository.commit({ "pipelines/a.yaml": say("a"), "other/b.yaml": say("b") });
    expect((await world.next()).result).toBe("changed");
  });
});

describe("a repository that can't be asked", () => {
  test("leaves live what is live, is told once, and is asked again after growing waits", async () => {
    const repository = new Repository();
    const good = repository.commit({ "pipelines/a.yaml": say("1") });
    const world = await follow(repository);
    world.repository.problem = "no route to host";
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const before = world.clock.now();
      expect((await world.next()).result).toBe("failed");
      waits.push((world.clock.now() - before) / MINUTE_MS);
    }
    expect(waits).toEqual([1, 1, 2, 4, 8, 10, 10]);
    expect(world.troubles).toEqual([
      "file:///repository could not be asked; what was live stays live: no route to host",
    ]);
    expect(liveIn(world)).toBe(good);
    expect(world.catalog.state().failure).toMatchObject({ message: "no route to host", times: 7 });
    world.repository.problem = undefined;
    expect((await world.next()).state).not.toHaveProperty("failure");
    const before = world.clock.now();
    await world.next();
    expect(world.clock.now() - before).toBe(MINUTE_MS);
  });

  test("is given up on after the timeout", async () => {
    const repository = new Repository();
    repository.commit({});
    const world = await follow(repository, { timeout_ms: 5_000 });
    world.repository.isSilent = true;
    const asking = world.catalog.sync();
    await expect.poll(() => world.repository.asked).toBe(2);
    world.clock.advance(5_000);
    expect((await asking).state.failure?.message).toBe("it took longer than 5s");
  });

  test("does not keep the engine from closing", async () => {
    const repository = new Repository();
    repository.commit({});
    const world = await follow(repository);
    world.repository.isSilent = true;
    const asking = world.catalog.sync();
    await world.catalog.close();
    expect((await asking).result).toBe("failed");
    expect(world.clock.pending).toBe(0);
    expect(world.done).toHaveLength(1);
  });

  test("leaves the next daemon with the last good commit, which is asked for nothing before it is live", async () => {
    const repository = new Repository();
    const good = repository.commit({ "pipelines/a.yaml": say("1") });
    const first = await follow(repository);
    repository.isSilent = true;
    const second = await first.again();
    expect(namesOf(second)).toEqual(["a"]);
    expect(liveIn(second)).toBe(good);
    await second.catalog.close();
  });
});

describe("a rollback", () => {
  async function threeCommits(): Promise<{ world: World; commits: string[] }> {
    const world = await follow(new Repository());
    const commits: string[] = [];
    for (const word of ["1", "2", "3"]) {
      commits.push(world.repository.commit({ [`pipelines/p${word}.yaml`]: say(word) }));
      await world.next();
    }
    return { world, commits };
  }

  test("goes back a commit at a time, and has an end", async () => {
    const { world, commits } = await threeCommits();
    expect(world.catalog.state().before).toBe(commits[1]);
    expect(await world.catalog.rollback()).toBe(true);
    expect([liveIn(world), namesOf(world)]).toEqual([commits[1], ["p2"]]);
    expect(world.catalog.state().rolled_back).toBe(true);
    expect(await world.catalog.rollback()).toBe(true);
    expect([liveIn(world), namesOf(world)]).toEqual([commits[0], ["p1"]]);
    expect(await world.catalog.rollback()).toBe(false);
    expect(liveIn(world)).toBe(commits[0]);
  });

  test("stays until a newer commit arrives, over a restart too", async () => {
    const { world, commits } = await threeCommits();
    await world.catalog.rollback();
    expect((await world.next()).result).toBe("unchanged");
    const next = await world.again();
    expect((await next.catalog.sync()).result).toBe("unchanged");
    expect([liveIn(next), next.catalog.state().rolled_back]).toEqual([commits[1], true]);
    const fourth = next.repository.commit({ "pipelines/p4.yaml": say("4") });
    expect((await next.next()).result).toBe("changed");
    expect([liveIn(next), next.catalog.state().rolled_back]).toEqual([fourth, false]);
    await next.catalog.rollback();
    expect(liveIn(next)).toBe(commits[1]);
  });

  test("is not undone by a commit that is refused", async () => {
    const { world, commits } = await threeCommits();
    await world.catalog.rollback();
    world.repository.commit({ "pipelines/p4.yaml": BROKEN });
    expect((await world.next()).result).toBe("refused");
    expect([liveIn(world), world.catalog.state().rolled_back]).toEqual([commits[1], true]);
  });

  test("of a refused commit's time does not bring that commit", async () => {
    const { world, commits } = await threeCommits();
    world.repository.commit({ "pipelines/p4.yaml": BROKEN });
    await world.next();
    await world.catalog.rollback();
    expect(world.catalog.current().broken.size).toBe(0);
    expect((await world.next()).result).toBe("unchanged");
    expect(liveIn(world)).toBe(commits[1]);
  });
});

describe("what stands on the disk", () => {
  test("are the files of the last ten commits and of those that runs need", async () => {
    const world = await follow(new Repository());
    const commits: string[] = [];
    for (let i = 0; i < 13; i++) {
      commits.push(world.repository.commit({ "pipelines/a.yaml": say(String(i)) }));
      world.inUse.add(commits[0] ?? "");
      await world.next();
    }
    const kept = [commits[0], ...commits.slice(-10)];
    expect(readdirSync(join(world.folder, "commits")).sort()).toEqual(kept.sort());
  });

  test("is fetched again when files of the live commit were damaged", async () => {
    const repository = new Repository();
    const commit = repository.commit({ "pipelines/a.yaml": say("1"), "pipelines/b.yaml": say("1") });
    const first = await follow(repository);
    const file = join(first.folder, "commits", commit, "pipelines/a.yaml");
    writeFileSync(file, "");
    const second = await first.again();
    expect(namesOf(second)).toEqual(["b"]);
    expect((await second.catalog.sync()).result).toBe("unchanged");
    expect(namesOf(second)).toEqual(["a", "b"]);
    expect(readFileSync(file, "utf8")).toBe(say("1"));
  });

  test("counts for nothing when its files are gone, when it can't be read, or when it is of another repository", async () => {
    const repository = new Repository();
    const commit = repository.commit({ "pipelines/a.yaml": say("1"), "other/b.yaml": say("1") });
    const first = await follow(repository);
    rmSync(join(first.folder, "commits", commit), { recursive: true });
    const second = await first.again();
    expect([namesOf(second), second.troubles]).toEqual([["a"], []]);
    writeFileSync(join(first.folder, "state.json"), '{"history": [{"commit": "../../x"}], "held": []}');
    const third = await second.again();
    expect(namesOf(third)).toEqual(["a"]);
    expect(third.troubles).toHaveLength(1);
    const fourth = await third.again({ path: "other" });
    expect(namesOf(fourth)).toEqual(["b"]);
    expect(existsSync(join(first.folder, "commits", commit))).toBe(true);
  });
});

test("what asks while a look waits for its turn shares it; what asks later gets one of its own", async () => {
  const world = await follow(new Repository());
  const [one, two] = [world.catalog.sync(), world.catalog.sync()];
  expect(one).toBe(two);
  await one;
  const three = world.catalog.sync();
  expect(three).not.toBe(one);
  await three;
  expect(world.repository.asked).toBe(3);
});

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { FindingsCache } from "../../../src/catalog/findings-cache.ts";
import { type CheckOptions, checkCatalog, loadCatalog, type Share } from "../../../src/catalog/index.ts";
import { type CompileOptions, type ShellTool, settle } from "../../../src/language/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { randomOf } from "../../support/random.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const GOOD = 'tasks:\n  a: { bash: "true" }\n';
const BAD = "tasks:\n  a: { needs: nobody, noop: {} }\n";

/** More files than are checked without asking the cache. */
const FILES = 40;
/** More files than one thread checks alone. */
const MANY_FILES = 200;

function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A project with ordinary files, these files among them, and a folder for its cache. */
class Project {
  readonly root = temporaryFolder();
  readonly cache = join(temporaryFolder(), "engine");

  constructor(files: Readonly<Record<string, string>> = {}, count = FILES) {
    for (let i = 0; i < count; i++) writeFiles(this.root, { [`p/ordinary_${i}.yaml`]: GOOD });
    writeFiles(this.root, files);
  }

  options(more: Partial<CheckOptions> = {}): CheckOptions {
    return { operators, cwd: this.root, ...more };
  }

  /** What is found with the cache of an engine, as one text. */
  async cached(more: Partial<CheckOptions> = {}, engine = "this"): Promise<string> {
    return this.fresh({ cache: { folder: this.cache, engine, project: this.root }, ...more });
  }

  /** What is found when nothing is known. */
  async fresh(more: Partial<CheckOptions> = {}): Promise<string> {
    const { found, files, unreadable } = await checkCatalog([join(this.root, "p")], this.options(more));
    const settled = settle(found, more.settle ?? { policy: NO_POLICY, folder: "", complete: false });
    return JSON.stringify({ found, settled, files, unreadable }, null, 1);
  }

  get cacheFiles(): readonly string[] {
    return readdirSync(this.cache).map((name) => join(this.cache, name));
  }

  /** The one file of the cache. */
  get cacheFile(): string {
    const [file, ...more] = this.cacheFiles;
    if (file === undefined || more.length > 0) throw new Error(`there are ${this.cacheFiles.length} caches`);
    return file;
  }

  /** Whether what is found comes out of the cache: each entry is made to say something else, and that is looked for. */
  async usesCache(more: Partial<CheckOptions> = {}, engine = "this"): Promise<boolean> {
    const [, ...lines] = readFileSync(this.cacheFile, "utf8").split("\n");
    const planted =
      '"diagnostics":[{"code":"ENG000","file":"planted","range":{"start":{"offset":0},"end":{"offset":0}}}],';
    const body = lines.join("\n").replaceAll(/"diagnostics":\[[^\n]*?\],(?="comments")/g, planted);
    const before = readFileSync(this.cacheFile);
    writeFileSync(this.cacheFile, `${createHash("sha256").update(body).digest("hex")}\n${body}`);
    const found = await this.cached(more, engine);
    for (const file of this.cacheFiles) rmSync(file);
    writeFileSync(join(this.cache, `findings-${"0".repeat(32)}`), before);
    return found.includes("planted");
  }
}

const NO_POLICY = { rules: {}, overrides: [], ignore: [] };

describe("a folder is checked", () => {
  test("as it is when its pipelines are compiled: alone, in two threads and out of a cache", async () => {
    const texts = diagnosticFixtures();
    const project = new Project(texts, MANY_FILES);
    const options = project.options({ pools: new Map([["gpu", 1]]), now_ms: 0 });
    const compiled = loadCatalog([join(project.root, "p")], options);
    const { found, files } = await checkCatalog([join(project.root, "p")], options);
    expect(files).toEqual(compiled.files);
    expect(found).toEqual(compiled.found);
    expect(found.diagnostics.length).toBeGreaterThan(100);
    const alone = await project.fresh(options);
    const twice = await project.fresh({ ...options, startThread: threadOf(project, Date.UTC(1970, 0, 1)) });
    expect(twice).toBe(alone);
    expect(await project.cached(options)).toBe(alone);
    expect(await project.cached(options)).toBe(alone);
    expect(await project.usesCache(options)).toBe(true);
  });

  test("with the texts of its files at hand, as they were checked", async () => {
    const project = new Project({ "p/bad.yaml": BAD, "p/changed.yaml": BAD });
    const { sourceOf } = await checkCatalog([join(project.root, "p")], project.options());
    writeFiles(project.root, { "p/changed.yaml": GOOD });
    expect([sourceOf("p/bad.yaml"), sourceOf("p/changed.yaml"), sourceOf("p/other.yaml")]).toEqual([
      BAD,
      undefined,
      undefined,
    ]);
  });

  test("without the files that go while it is looked at", async () => {
    const project = new Project({ "p/z_last.yaml": BAD });
    // The first question comes when the list of files stands, and before the last file is read.
    const pathKind = (): "unknown" => {
      rmSync(join(project.root, "p/z_last.yaml"), { force: true });
      return "unknown";
    };
    writeFiles(project.root, { "p/a_first.yaml": "tasks:\n  a: { cwd: there, noop: {} }\n" });
    const { files, unreadable, found } = await checkCatalog([join(project.root, "p")], project.options({ pathKind }));
    expect(files).not.toContain("p/z_last.yaml");
    expect([unreadable, found.diagnostics]).toEqual([[], []]);
  });
});

describe("a second thread", () => {
  test("that fails, or ends without a word, leaves its files to the first", async () => {
    const project = new Project({ "p/bad.yaml": BAD }, MANY_FILES);
    const alone = await project.fresh();
    for (const program of [
      "throw new Error('broken')",
      "process.exit(7)",
      "",
      // It takes the first files of the share with it.
      "Atomics.add(new Int32Array(require('node:worker_threads').workerData.taken), 0, 80); process.exit(1)",
    ]) {
      const startThread = (share: Share): Worker => new Worker(program, { eval: true, workerData: share });
      expect(await project.fresh({ startThread })).toBe(alone);
    }
  });

  test("is not started for a few files", async () => {
    const startThread = (): Worker => {
      throw new Error("started");
    };
    const project = new Project({ "p/bad.yaml": BAD });
    expect(await project.fresh({ startThread })).toBe(await project.fresh());
  });
});

describe("a cache knows nothing any more", () => {
  test("of a file whose bytes or name have changed", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    const before = await project.cached();
    writeFiles(project.root, { "p/one.yaml": BAD.replace("nobody", "nobodyy") });
    const changed = await project.cached();
    expect(changed).not.toBe(before);
    expect(changed).toBe(await project.fresh());
    rmSync(join(project.root, "p/one.yaml"));
    writeFiles(project.root, { "p/Two.yaml": BAD.replace("nobody", "nobodyy") });
    const renamed = await project.cached();
    expect(renamed).toContain("can't be a name");
    expect(renamed).toBe(await project.fresh());
  });

  test("when the file is back as it was, it knows it again", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    await project.cached();
    writeFiles(project.root, { "p/one.yaml": GOOD });
    await project.cached();
    writeFiles(project.root, { "p/one.yaml": BAD });
    expect(await project.cached()).toBe(await project.fresh());
    expect(await project.usesCache()).toBe(true);
  });

  test("in another engine, for another project, and where nothing was kept", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    const before = await project.cached();
    expect(await project.usesCache({}, "that")).toBe(false);
    await project.cached();
    const elsewhere = { cache: { folder: project.cache, engine: "this", project: "/elsewhere" } };
    expect(await project.fresh(elsewhere)).toBe(before);
  });

  /** How an option changes what is found in a file: once as `before` has it, once as `after` does. */
  interface Change {
    readonly text: string;
    readonly before: Partial<CompileOptions>;
    readonly after: Partial<CompileOptions>;
    /** Says whether the finding is there. */
    readonly code: string;
  }

  /** For every option there is. One that is added does not compile here until there is a pipeline that shows what it does. */
  const CHANGES: { readonly [K in Exclude<keyof CompileOptions, "operators">]-?: Change } = {
    pools: {
      text: "tasks:\n  a: { pool: gpu, noop: {} }\n",
      before: { pools: new Map([["gpu", 1]]) },
      after: { pools: new Map() },
      code: "ENG603",
    },
    operatorsIdentity: {
      text: "tasks:\n  a: { noop: {} }\n",
      before: { operatorsIdentity: "with noop" },
      after: {
        operators: new Map([...operators].filter(([name]) => name !== "noop")),
        operatorsIdentity: "without",
      },
      code: "ENG601",
    },
    connections: {
      text: "tasks:\n  a: { noop: {} }\non_failure:\n  - slack: { connection: alerts }\n",
      before: { operators: operators, connections: new Map([["alerts", "slack"]]) },
      after: { operators: operators, connections: new Map([["alerts", "postgres"]]) },
      code: "ENG610",
    },
    now_ms: {
      text: 'schedule: { cron: "0 2 * * *", start: 2020-01-01, catchup: true }\ntasks:\n  a: { noop: {} }\n',
      before: { now_ms: Date.UTC(2020, 0, 5) },
      after: { now_ms: Date.UTC(2026, 0, 5) },
      code: "ENG506",
    },
    secrets: {
      text: 'tasks:\n  a:\n    bash: "true"\n    env: { KEY: "${{ secrets.API_KEYS }}" }\n',
      before: { secrets: new Set(["API_KEYS"]) },
      after: { secrets: new Set(["API_KEY"]) },
      code: "ENG702",
    },
    pipelineNames: {
      text: "schedule: { after: ingest }\ntasks:\n  a: { noop: {} }\n",
      before: { pipelineNames: () => new Set(["ingest"]) },
      after: { pipelineNames: () => new Set(["ingests"]) },
      code: "ENG309",
    },
    pathKind: {
      text: 'tasks:\n  a: { bash: "true", cwd: scripts }\n',
      before: { pathKind: () => "folder" },
      after: { pathKind: () => "nothing" },
      code: "ENG605",
    },
    shellcheck: {
      text: "tasks:\n  a: { bash: echo $x }\n",
      before: { shellcheck: { identity: "1", find: (scripts) => scripts.map(() => []) } },
      after: {
        shellcheck: {
          identity: "2",
          find: (scripts) => scripts.map(() => [{ code: "SC2086", message: "m", start: 0, end: 4 }]),
        },
      },
      code: "ENG606",
    },
    settle: {
      text: 'schedule: "* * * * * *"\ntasks:\n  a: { noop: {} }\n',
      before: { settle: { policy: { ...NO_POLICY, rules: { ENG504: "off" } }, folder: "", complete: false } },
      after: { settle: { policy: NO_POLICY, folder: "", complete: false } },
      code: "ENG504",
    },
  };

  test.each(Object.entries(CHANGES))("when the surroundings have changed: %s", async (_, change) => {
    const { text, before, after, code } = change;
    const project = new Project({ "p/one.yaml": text });
    for (const [options, expected] of [
      [before, false],
      [after, true],
      [before, false],
      [{}, undefined],
      [after, true],
    ] as const) {
      const cached = await project.cached(options);
      expect(cached).toBe(await project.fresh(options));
      const { diagnostics } = (JSON.parse(cached) as { settled: { diagnostics: { code: string }[] } }).settled;
      if (expected !== undefined) expect(diagnostics.some((one) => one.code === code)).toBe(expected);
    }
  });

  test("when the tool that looks for faults in scripts has failed: silence is no finding", async () => {
    const project = new Project({ "p/one.yaml": CHANGES.shellcheck.text });
    const fault = [{ code: "SC2086", message: "m", start: 0, end: 4 }];
    let fails = true;
    const find: ShellTool["find"] = (scripts) => (fails ? undefined : scripts.map(() => fault));
    expect(await project.cached({ shellcheck: { identity: "1", find } })).not.toContain("ENG606");
    fails = false;
    expect(await project.cached({ shellcheck: { identity: "1", find } })).toContain("ENG606");
  });

  test("but the same surroundings in another order, or later on the same day, are the same", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    const options = (pools: readonly string[], now_ms: number): Partial<CompileOptions> => ({
      pools: new Map(pools.map((name) => [name, 1])),
      secrets: new Set(pools),
      now_ms,
      pathKind: () => "folder",
    });
    await project.cached(options(["a", "b"], Date.UTC(2026, 0, 5, 1)));
    expect(await project.usesCache(options(["b", "a"], Date.UTC(2026, 0, 5, 23)))).toBe(true);
    await project.cached(options(["a", "b"], Date.UTC(2026, 0, 5, 1)));
    expect(project.cacheFiles).toHaveLength(2);
    await project.cached(options(["a", "b"], Date.UTC(2026, 0, 6)));
    expect(project.cacheFiles).toHaveLength(3);
  });
});

describe("a cache is not trusted", () => {
  test("when it is broken in any way, and is made anew", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    const expected = await project.cached();
    const whole = readFileSync(project.cacheFile);
    const random = randomOf(7);
    const broken: Buffer[] = [Buffer.alloc(0), Buffer.from("\n"), Buffer.from("{}"), Buffer.alloc(1000)];
    for (let i = 0; i < 15; i++) {
      const at = Math.floor(random() * whole.length);
      broken.push(whole.subarray(0, at));
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      broken.push(flipped, Buffer.concat([whole, whole.subarray(at)]));
    }
    for (const bytes of broken) {
      writeFileSync(project.cacheFile, bytes);
      expect(await project.cached()).toBe(expected);
      expect(readFileSync(project.cacheFile, "utf8").length).toBe(whole.length);
    }
    rmSync(project.cacheFile);
    await project.cached();
    expect(await project.usesCache()).toBe(true);
  });

  test("when others may write to it", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    await project.cached();
    for (const mode of [0o777, 0o770, 0o702]) {
      chmodSync(project.cache, mode);
      expect(await project.usesCache()).toBe(false);
      chmodSync(project.cache, 0o700);
      for (const file of project.cacheFiles) rmSync(file);
      await project.cached();
    }
    if (process.getuid?.() === 0) {
      chownSync(project.cache, 65_534, 65_534);
      expect(await project.usesCache()).toBe(false);
    }
  });

  test("and nobody else may read it", async () => {
    const project = new Project();
    await project.cached();
    expect([statSync(project.cache).mode & 0o777, statSync(project.cacheFile).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  test("where none can be kept, everything is as without it", async () => {
    const project = new Project({ "p/one.yaml": BAD });
    const expected = await project.fresh();
    writeFileSync(project.cache, "a file");
    expect(await project.cached()).toBe(expected);
    const under = { cache: { folder: join(project.cache, "below"), engine: "this", project: project.root } };
    expect(await project.fresh(under)).toBe(expected);
    expect(await project.fresh({ cache: { folder: "/proc/none", engine: "this", project: "/" } })).toBe(expected);
    unlinkSync(project.cache);
    await project.cached();
    const file = project.cacheFile;
    rmSync(file);
    mkdirSync(file);
    expect(await project.cached()).toBe(expected);
    expect(project.cacheFiles).toEqual([file]);
  });
});

describe("a cache stays small", () => {
  test("it forgets what is used no more, the oldest first, and keeps what is", () => {
    const folder = join(temporaryFolder(), "engine");
    const open = (): FindingsCache => new FindingsCache({ folder, engine: "this", project: "/" }, { operators });
    const known = { findings: { diagnostics: [], comments: [] }, answers: [] };
    for (let round = 0; round < 30; round++) {
      const cache = open();
      if (round > 0) expect(cache.find("always")).toEqual(known);
      else cache.add("always", known);
      for (let i = 0; i < 300; i++) cache.add(`${round}-${i}`, known);
      cache.save();
    }
    const cache = open();
    const kept = Array.from({ length: 30 }, (_, round) => cache.find(`${round}-299`) !== undefined);
    // 5,000 beside those that are used: those of the last rounds.
    expect(kept.indexOf(true)).toBe(28 - Math.floor(5_000 / 300));
    expect(kept.lastIndexOf(false)).toBe(kept.indexOf(true) - 1);
  });

  test("it has a size that it never passes", () => {
    const folder = join(temporaryFolder(), "engine");
    const cache = new FindingsCache({ folder, engine: "this", project: "/" }, { operators });
    const comment = { file: "x".repeat(60_000) } as never;
    for (let i = 0; i < 400; i++)
      cache.add(`${i}`, { findings: { diagnostics: [], comments: [comment] }, answers: [] });
    cache.save();
    const [name = ""] = readdirSync(folder);
    expect(statSync(join(folder, name)).size).toBeLessThan(16 * 1024 * 1024 + 100);
    expect(statSync(join(folder, name)).size).toBeGreaterThan(15 * 1024 * 1024);
  });

  test("it doesn't keep what is found in a file of many findings", async () => {
    const tasks = Array.from({ length: 400 }, (_, i) => `  t${i}: { needs: nobody_${i}, noop: {} }\n`);
    const project = new Project({ "p/one.yaml": `tasks:\n${tasks.join("")}` });
    expect(await project.cached()).toBe(await project.cached());
    expect(statSync(project.cacheFile).size).toBeLessThan(64 * 1024);
  });

  test("old ones go when all together are large, and so does what was left half written", async () => {
    const project = new Project();
    mkdirSync(project.cache, { mode: 0o700 });
    const place = (name: string, size: number, age_days: number): void => {
      writeFileSync(join(project.cache, name), Buffer.alloc(size));
      const time = Date.now() / 1000 - age_days * 86_400;
      utimesSync(join(project.cache, name), time, time);
    };
    const MIB = 1024 * 1024;
    place(`findings-${"1".repeat(32)}`, 40 * MIB, 1);
    place(`findings-${"2".repeat(32)}`, 30 * MIB, 2);
    place(`findings-${"3".repeat(32)}`, MIB, 3);
    place(`findings-${"4".repeat(32)}.abc.new`, 10, 3);
    place(`findings-${"5".repeat(32)}.abc.new`, 10, 0);
    place("somebody-elses", 10, 90);
    await project.cached();
    const names = readdirSync(project.cache).map((name) => name.replace(/^findings-(.)\1{31}/, "$1"));
    expect(names.filter((name) => !/^findings-/.test(name)).sort()).toEqual(["1", "5.abc.new", "somebody-elses"]);
  });
});

test("any number of processes may use one cache at once", async () => {
  const project = new Project({ "p/one.yaml": BAD, "p/a/two.yaml": BAD, "p/b/three.yaml": BAD });
  for (let i = 0; i < FILES; i++)
    writeFiles(project.root, { [`p/a/in_a_${i}.yaml`]: GOOD, [`p/b/in_b_${i}.yaml`]: GOOD });
  const program = `
    import { checkCatalog } from ${JSON.stringify(join(import.meta.dirname, "../../../src/catalog/index.ts"))};
    import { operators } from ${JSON.stringify(join(import.meta.dirname, "../../../src/operators/index.ts"))};
    const [cwd, folder, path] = process.argv.slice(1);
    for (let i = 0; i < 12; i++) {
      const cache = { folder, engine: "this", project: cwd };
      const { found, files } = await checkCatalog([cwd + path], { operators, cwd, cache });
      console.log(files.length, found.diagnostics.map(({ file, code }) => file + " " + code).join());
    }`;
  const run = async (path: string): Promise<ReadonlySet<string>> => {
    const args = ["--input-type=module", "--eval", program, project.root, project.cache, path];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return new Set(stdout.trim().split("\n"));
  };
  const [all, a, b] = await Promise.all([run("/p"), run("/p/a"), run("/p/b")]);
  expect([...(all ?? [])]).toEqual(["123 p/a/two.yaml ENG302,p/b/three.yaml ENG302,p/one.yaml ENG302"]);
  expect([...(a ?? [])]).toEqual(["41 p/a/two.yaml ENG302"]);
  expect([...(b ?? [])]).toEqual(["41 p/b/three.yaml ENG302"]);
  expect(await project.cached()).toBe(await project.fresh());
  expect(project.cacheFiles).toHaveLength(1);
});

/** Every text of the fixtures that are wrong, below `p`. */
function diagnosticFixtures(): Readonly<Record<string, string>> {
  const folder = join(import.meta.dirname, "../../diagnostics/err");
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  return Object.fromEntries(files.map((name) => [`p/err/${name}`, readFileSync(join(folder, name), "latin1")]));
}

/** A thread as `engine validate` starts it. */
function threadOf(project: Project, now_ms: number): (share: Share) => Worker {
  const config = {
    root: project.root,
    pipelines: join(project.root, "p"),
    data: join(project.root, ".engine"),
    concurrency: 1,
    pools: { gpu: 1 },
    vars: {},
    connections: {},
    secrets: { environment: {}, commands: {}, timeout_ms: 0, refresh_ms: 0 },
    validate: NO_POLICY,
  };
  const program = new URL("../../../src/cli/validate/check-thread.ts", import.meta.url);
  return (share) => new Worker(program, { workerData: { share, config, cwd: project.root, env: {}, now_ms } });
}

import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CatalogState, pathKinds, watchCatalog, watchFolder } from "../../../src/catalog/index.ts";
import { operators } from "../../../src/operators/index.ts";
import { aFolder } from "../../support/engine-process.ts";

const text = (greeting: string): string => `tasks:\n  greet:\n    bash: echo ${greeting}\n`;
const BROKEN = "tasks:\n  greet:\n    bsh: echo hello\n";

/** A catalog whose watcher and timers are a test's. */
function still(
  files: Readonly<Record<string, string>>,
  before?: readonly { readonly file: string; readonly source: string }[],
) {
  const cwd = aFolder(files);
  const folder = join(cwd, "pipelines");
  const timers = new Map<() => void, number>();
  const told: { changed: () => void; closed: boolean }[] = [];
  const states: CatalogState[] = [];
  const troubles: string[] = [];
  const catalog = watchCatalog({
    folder,
    compileOptions: () => ({ operators, cwd, pathKind: pathKinds(cwd, cwd) }),
    watch: (_, changed) => {
      const one = { changed, closed: false };
      told.push(one);
      return {
        close: async () => {
          one.closed = true;
        },
      };
    },
    after: (delay_ms, call) => {
      timers.set(call, delay_ms);
      return () => timers.delete(call);
    },
    onTrouble: (message) => troubles.push(message),
    ...(before !== undefined && { before }),
  });
  catalog.onChange((state) => states.push(state));
  /** Whether something waited for it. */
  const moment = (): boolean => {
    const due = [...timers].filter(([, delay_ms]) => delay_ms < 1_000);
    for (const [call] of due) {
      timers.delete(call);
      call();
    }
    return due.length > 0;
  };
  return {
    cwd,
    folder,
    catalog,
    states,
    told,
    troubles,
    second: () => second(timers),
    write: (name: string, content: string) => writeFileSync(join(folder, name), content),
    /** A moment passes. */
    moment,
    /** Something has changed, and then nothing for a while. */
    settle() {
      told.at(-1)?.changed();
      while (moment());
    },
  };
}

/** A second passes. */
function second(timers: Map<() => void, number>): void {
  for (const [call, delay_ms] of [...timers]) {
    if (delay_ms !== 1_000) continue;
    timers.delete(call);
    call();
  }
}

/** Does something while a folder can't be read. The superuser could, and is somebody else meanwhile. */
function withoutRead(cwd: string, folder: string, act: () => void): void {
  const user = process.geteuid?.();
  chmodSync(cwd, 0o755);
  chmodSync(join(cwd, folder), 0);
  // Nobody, on every Linux.
  if (user === 0) process.seteuid?.(65_534);
  try {
    act();
  } finally {
    if (user === 0) process.seteuid?.(0);
    chmodSync(join(cwd, folder), 0o755);
  }
}

const live = ({ pipelines }: CatalogState) => [...pipelines.keys()].sort();
const greeting = ({ pipelines }: CatalogState, name: string) => pipelines.get(name)?.source.match(/echo (\w+)/)?.[1];

describe("what is live", () => {
  test("is every pipeline without an error; a change is one new state", () => {
    const { catalog, states, write, settle } = still({ "pipelines/a.yaml": text("one"), "pipelines/b.yaml": BROKEN });
    expect(live(catalog.current())).toEqual(["a"]);
    expect([...catalog.current().broken]).toEqual([["pipelines/b.yaml", undefined]]);
    write("a.yaml", text("two"));
    write("b.yaml", text("two"));
    settle();
    expect(states).toHaveLength(1);
    expect(live(catalog.current())).toEqual(["a", "b"]);
    expect(greeting(catalog.current(), "a")).toBe("two");
    settle();
    expect(states).toHaveLength(1);
  });

  test("a file that breaks keeps its last good version, and says what is wrong", () => {
    const { catalog, write, settle } = still({ "pipelines/a.yaml": text("one") });
    write("a.yaml", BROKEN);
    settle();
    const state = catalog.current();
    expect(greeting(state, "a")).toBe("one");
    expect([...state.broken]).toEqual([["pipelines/a.yaml", "a"]]);
    expect(state.diagnostics.map(({ code }) => code)).toContain("ENG601");
    write("a.yaml", "");
    settle();
    expect(greeting(catalog.current(), "a")).toBe("one");
    write("a.yaml", text("three"));
    settle();
    expect(greeting(catalog.current(), "a")).toBe("three");
    expect(catalog.current().broken.size).toBe(0);
  });

  test("a pipeline whose file is gone is so too, also one that was broken", () => {
    const { catalog, folder, write, settle } = still({
      "pipelines/a.yaml": text("one"),
      "pipelines/b.yaml": text("one"),
    });
    write("b.yaml", BROKEN);
    settle();
    unlinkSync(join(folder, "a.yaml"));
    unlinkSync(join(folder, "b.yaml"));
    settle();
    expect(live(catalog.current())).toEqual([]);
    expect(catalog.current().broken.size).toBe(0);
  });

  test("a pipeline that moves to another file goes on", () => {
    const { catalog, folder, settle } = still({ "pipelines/a.yaml": `name: same\n${text("one")}` });
    mkdirSync(join(folder, "deep"));
    renameSync(join(folder, "a.yaml"), join(folder, "deep/b.yaml"));
    settle();
    expect(catalog.current().pipelines.get("same")?.file).toBe("pipelines/deep/b.yaml");
  });

  test("of two files that claim a name, the one that was live stays", () => {
    const { catalog, write, settle } = still({ "pipelines/a.yaml": `name: same\n${text("one")}` });
    write("b.yaml", `name: same\n${text("two")}`);
    settle();
    expect(greeting(catalog.current(), "same")).toBe("one");
    expect(catalog.current().diagnostics.map(({ code }) => code)).toContain("ENG304");
  });

  test("a newcomer does not take a live one's name, whichever file sorts first; the live one can still be edited", () => {
    const { catalog, folder, write, settle } = still({ "pipelines/z.yaml": `name: same\n${text("one")}` });
    write("a.yaml", `name: same\n${text("two")}`);
    settle();
    expect(greeting(catalog.current(), "same")).toBe("one");
    expect([...catalog.current().broken]).toEqual([["pipelines/a.yaml", undefined]]);
    write("z.yaml", `name: same\n${text("three")}`);
    settle();
    expect(greeting(catalog.current(), "same")).toBe("three");
    unlinkSync(join(folder, "z.yaml"));
    settle();
    expect(greeting(catalog.current(), "same")).toBe("two");
  });

  test("a live file that takes over another live one's name does not get it", () => {
    const { catalog, write, settle } = still({
      "pipelines/a.yaml": text("one"),
      "pipelines/z.yaml": `name: same\n${text("two")}`,
    });
    write("a.yaml", `name: same\n${text("three")}`);
    settle();
    expect(greeting(catalog.current(), "same")).toBe("two");
    expect([...catalog.current().broken]).toEqual([["pipelines/a.yaml", "a"]]);
  });

  test.each([
    ["a folder below", "pipelines/deep"],
    ["the folder itself", "pipelines"],
  ])("%s that can't be read for a while retires nothing", (_, closed) => {
    const { catalog, cwd, settle } = still({ "pipelines/a.yaml": text("one"), "pipelines/deep/b.yaml": text("one") });
    withoutRead(cwd, closed, settle);
    expect(live(catalog.current())).toEqual(["a", "b"]);
    expect(catalog.current().broken.get("pipelines/deep/b.yaml")).toBe("b");
    settle();
    expect(live(catalog.current())).toEqual(["a", "b"]);
    expect(catalog.current().broken.size).toBe(0);
  });

  test("a file is checked again when a folder that it names comes", () => {
    const { catalog, folder, settle } = still({
      "engine.yaml": "",
      "pipelines/a.yaml": "tasks:\n  greet:\n    bash: echo one\n    cwd: deep\n",
    });
    expect(catalog.current().diagnostics.map(({ code }) => code)).toEqual(["ENG605"]);
    mkdirSync(join(folder, "deep"));
    settle();
    expect(catalog.current().diagnostics).toEqual([]);
    expect(live(catalog.current())).toEqual(["a"]);
  });

  test("a link on the way to the folder that is pointed elsewhere is seen within a second", () => {
    const { catalog, cwd, folder, told, second } = still({
      "one/pipelines/a.yaml": text("one"),
      "two/pipelines/a.yaml": text("two"),
    });
    symlinkSync("one/pipelines", folder);
    second();
    expect(greeting(catalog.current(), "a")).toBe("one");
    symlinkSync("two/pipelines", join(cwd, "next"));
    renameSync(join(cwd, "next"), folder);
    second();
    expect(greeting(catalog.current(), "a")).toBe("two");
    expect(told.map(({ closed }) => closed)).toEqual([true, false]);
    rmSync(folder);
    second();
    expect(told.at(-1)?.closed).toBe(true);
  });

  test("a folder that vanishes takes nothing down; when it returns it counts again, and is watched anew", () => {
    const { catalog, cwd, folder, told, settle, write } = still({ "pipelines/a.yaml": text("one") });
    renameSync(folder, join(cwd, "away"));
    catalog.look();
    expect(live(catalog.current())).toEqual(["a"]);
    expect(catalog.current().diagnostics).not.toEqual([]);
    expect(told[0]?.closed).toBe(true);
    mkdirSync(folder);
    write("b.yaml", text("two"));
    catalog.look();
    expect(told).toHaveLength(2);
    expect(live(catalog.current())).toEqual(["b"]);
    settle();
    expect(live(catalog.current())).toEqual(["b"]);
  });

  test("a folder that is not there at first is waited for", () => {
    const { catalog, folder, write } = still({});
    expect(live(catalog.current())).toEqual([]);
    mkdirSync(folder);
    write("a.yaml", text("one"));
    catalog.look();
    expect(live(catalog.current())).toEqual(["a"]);
  });

  test("files that did not change are not read again", () => {
    const { catalog, write, settle } = still({ "pipelines/a.yaml": text("one"), "pipelines/b.yaml": text("one") });
    const before = catalog.current().pipelines.get("a");
    write("b.yaml", text("two"));
    settle();
    expect(catalog.current().pipelines.get("a")).toBe(before);
  });

  test("a storm of events is one look", () => {
    const { states, told, write, settle } = still({ "pipelines/a.yaml": text("one") });
    for (let i = 0; i < 1000; i++) {
      write("a.yaml", text(`n${i}`));
      told[0]?.changed();
    }
    settle();
    expect(states.map((state) => greeting(state, "a"))).toEqual(["n999"]);
  });

  test("changes that go on for a while are one look, and those that don't end are not waited for", () => {
    const { states, told, write, moment } = still({ "pipelines/a.yaml": text("one") });
    const change = (word: string): void => {
      write("a.yaml", text(word));
      told[0]?.changed();
    };
    change("two");
    change("three");
    moment();
    expect(states).toHaveLength(0);
    moment();
    expect(states.map((state) => greeting(state, "a"))).toEqual(["three"]);
    change("four");
    for (let i = 0; i < 4; i++) {
      change(`n${i}`);
      moment();
    }
    expect(states.map((state) => greeting(state, "a"))).toEqual(["three", "n3"]);
  });
});

describe("what was live before", () => {
  const before = [
    { file: "pipelines/a.yaml", source: text("old") },
    { file: "pipelines/gone.yaml", source: text("old") },
  ];

  test("stays live where its file has errors now, and goes where its file is gone", () => {
    const { catalog } = still({ "pipelines/a.yaml": BROKEN }, before);
    expect(live(catalog.current())).toEqual(["a"]);
    expect(greeting(catalog.current(), "a")).toBe("old");
    expect([...catalog.current().broken]).toEqual([["pipelines/a.yaml", "a"]]);
  });

  test("gives way to what the file says now", () => {
    const { catalog } = still({ "pipelines/a.yaml": text("new") }, before);
    expect(greeting(catalog.current(), "a")).toBe("new");
  });

  test("that is no pipeline any more is not live", () => {
    const { catalog } = still({ "pipelines/a.yaml": BROKEN }, [{ file: "pipelines/a.yaml", source: BROKEN }]);
    expect(live(catalog.current())).toEqual([]);
  });
});

describe("with a real watcher", () => {
  function real(files: Readonly<Record<string, string>>) {
    const cwd = aFolder(files);
    const folder = join(cwd, "pipelines");
    const onTrouble = (message: string): never => {
      throw new Error(message);
    };
    const catalog = watchCatalog({
      folder,
      compileOptions: () => ({ operators, cwd }),
      watch: (path, changed) => watchFolder(path, changed, onTrouble),
      after: (delay_ms, call) => {
        const timer = setTimeout(call, delay_ms);
        return () => clearTimeout(timer);
      },
      onTrouble,
    });
    onTestFinished(() => catalog.close());
    /** Does something again and again until it shows: the watcher may not be there yet at first. */
    const until = (isSo: (state: CatalogState) => boolean, act: () => void): Promise<void> =>
      new Promise((resolve) => {
        const again = setInterval(act, 100);
        const stop = catalog.onChange((state) => {
          if (!isSo(state)) return;
          clearInterval(again);
          stop();
          resolve();
        });
        act();
      });
    return { folder, catalog, until };
  }

  test("a save is live, in place and by renaming", async () => {
    const { folder, until } = real({ "pipelines/a.yaml": text("one") });
    const file = join(folder, "a.yaml");
    await until(
      (state) => greeting(state, "a") === "two",
      () => writeFileSync(file, text("two")),
    );
    await until(
      (state) => greeting(state, "a") === "three",
      () => {
        writeFileSync(`${file}.tmp`, text("three"));
        renameSync(`${file}.tmp`, file);
      },
    );
    await until(
      (state) => live(state).length === 0,
      () => rmSync(file, { force: true }),
    );
  });

  test("links that are pointed elsewhere at once, as a ConfigMap's, are followed", async () => {
    const { folder, catalog, until } = real({
      "pipelines/..one/a.yaml": text("one"),
      "pipelines/..two/a.yaml": text("two"),
    });
    symlinkSync("..one", join(folder, "..data"));
    symlinkSync("..data/a.yaml", join(folder, "a.yaml"));
    catalog.look();
    expect(greeting(catalog.current(), "a")).toBe("one");
    let turn = 0;
    await until(
      (state) => greeting(state, "a") === "two",
      () => {
        turn++;
        symlinkSync("..two", join(folder, `..new${turn}`));
        renameSync(join(folder, `..new${turn}`), join(folder, "..data"));
      },
    );
  });
});

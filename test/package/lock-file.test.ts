import { expect, test } from "vitest";
import { readText } from "../support/repository.ts";

interface Locked {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(readText("package-lock.json")) as { packages: Readonly<Record<string, Locked>> };

test("the lock file names no registry, so that it installs from whichever is set up", () => {
  expect(Object.entries(packages).flatMap(([name, { resolved }]) => (resolved === undefined ? [] : [name]))).toEqual(
    [],
  );
});

test("the lock file names the packages of every platform, without which `npm ci` refuses it", () => {
  const missing = Object.entries(packages).flatMap(([name, locked]) =>
    Object.keys(locked.optionalDependencies ?? {}).filter(
      (optional) => !(`node_modules/${optional}` in packages) && !(`${name}/node_modules/${optional}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { need } from "../real/support/need.ts";
import { ROOT } from "../support/repository.ts";
import { watchRun } from "../support/watched-run.ts";

/*
 * What the example does on machines that are not those of the tests.
 */

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-monitor-"));
  for (const name of ["pipeline.yaml", "resources.py"]) {
    cpSync(join(ROOT, "examples/resource-monitor", name), join(folder, name));
  }
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.runIf(need("python3").found)("examples/resource-monitor", () => {
  test("keeps metrics of the graphics cards, over all of them and all looks", async () => {
    const program = join(folder, "two-cards");
    writeFileSync(program, "#!/bin/sh\necho '40, 2000, 8000'\necho '60, 4000, 8000'\n", { mode: 0o755 });
    const run = await watchRun(folder, ["pipeline.yaml", "-p", `nvidia_smi=${program}`, "-p", "epochs=1"]);
    expect(run).toMatchObject({
      state: "success",
      outputs: { watch_gpus: { gpu_percent: 50, gpu_memory_percent_max: 50 } },
      metrics: { watch_gpus: { resource_gpu_percent: 50, resource_gpu_memory_percent_max: 50 } },
    });
  });

  test("ends the watching when the training fails", async () => {
    const module = join(folder, "resources.py");
    writeFileSync(
      module,
      readFileSync(module, "utf8").replace("chance = ", "raise MemoryError('too large')\n    chance = "),
    );
    const failed = await watchRun(folder, ["pipeline.yaml", "-p", "nvidia_smi=no-such-program"]);
    expect(failed).toMatchObject({ state: "failed", tasks: { train: "failed", ended: "success", watch: "success" } });
    expect(failed.metrics.watch?.resource_memory_percent_max).toBeGreaterThan(0);
  });
});

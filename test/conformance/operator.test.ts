import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

operatorConformance("bash", bashHarness);

function bashHarness(): OperatorHarness {
  const data = temporaryFolder();
  const begun = join(data, "begun");
  const mark = `echo begun >> "${begun}"`;
  const outputs = { answer: "integer" };
  return {
    data,
    tasks: {
      succeeds: { bash: 'echo answer=42 >> "$ENGINE_OUTPUT"', outputs },
      fails: { bash: "exit 3" },
      hangs: { bash: `${mark}\nsleep 1000` },
      waits_for_go: {
        bash: `${mark}\nuntil [ -e "${data}/go" ]; do sleep 0.02; done\necho answer=42 >> "$ENGINE_OUTPUT"`,
        outputs,
      },
      leaks: { bash: 'echo "$TOKEN"\nexit 1', env: { TOKEN: `\${{ secrets.TOKEN }}` } },
      hands_on_secret: {
        bash: 'echo "answer=$TOKEN" >> "$ENGINE_OUTPUT"',
        env: { TOKEN: `\${{ secrets.TOKEN }}` },
        outputs: { answer: "string" },
      },
      gives_wrong_output: { bash: 'echo answer=many >> "$ENGINE_OUTPUT"', outputs },
    },
    failure: { reason: "exit_code", exit_code: 3 },
    running: () => until("it has begun", () => existsSync(begun)),
    go: () => writeFileSync(join(data, "go"), ""),
    crash: "adopts",
    starts: () => readFileSync(begun, "utf8").trim().split("\n").length,
    bad: [
      { task: "bash: ''", at: "''" },
      { task: "bash: { scrip: x }", at: "scrip" },
      { task: "bash: echo ${{ secrets.TOKEN }}", at: "secrets.TOKEN" },
      { task: "bash: echo ${{ nothing }}", at: "nothing" },
    ],
  };
}

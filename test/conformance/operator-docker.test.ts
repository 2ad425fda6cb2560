import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, realDocker } from "../real/support/docker.ts";
import { until } from "../support/local-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type OperatorHarness, operatorConformance } from "./operator.ts";

const docker = await realDocker();

if (docker.found) operatorConformance("docker", dockerHarness);

function dockerHarness(): OperatorHarness {
  const data = temporaryFolder();
  const begun = join(data, "begun");
  const outputs = { answer: "integer" };
  const container = (script: string) => ({
    docker: {
      image: IMAGE,
      host: docker.host,
      network: "none",
      // The first process of a container ends at SIGTERM only if it says so.
      command: ["sh", "-c", `trap 'exit 143' TERM\n${script}`],
      mounts: [{ source: data, target: "/data" }],
    },
  });
  const mark = "echo begun >> /data/begun";
  const env = { TOKEN: `\${{ secrets.TOKEN }}` };
  return {
    data,
    tasks: {
      succeeds: { ...container('echo answer=42 >> "$ENGINE_OUTPUT"'), outputs },
      fails: container("exit 3"),
      hangs: container(`${mark}\nwhile :; do sleep 0.02; done`),
      waits_for_go: {
        ...container(`${mark}\nuntil [ -e /data/go ]; do sleep 0.02; done\necho answer=42 >> "$ENGINE_OUTPUT"`),
        outputs,
      },
      leaks: { ...container('echo "$TOKEN"\nexit 1'), env },
      hands_on_secret: {
        ...container('echo "answer=$TOKEN" >> "$ENGINE_OUTPUT"'),
        env,
        outputs: { answer: "string" },
      },
      gives_wrong_output: { ...container('echo answer=many >> "$ENGINE_OUTPUT"'), outputs },
    },
    failure: { reason: "exit_code", exit_code: 3 },
    running: () => until("it has begun", () => existsSync(begun)),
    go: () => writeFileSync(join(data, "go"), ""),
    crash: "adopts",
    starts: () => readFileSync(begun, "utf8").trim().split("\n").length,
    bad: [
      { task: "docker: ''", at: "''" },
      { task: "docker: { imag: x }", at: "imag" },
      { task: "docker: { image: x, memory: 512 MB }", at: "512 MB" },
      { task: "docker: { image: x, pull: sometimes }", at: "sometimes" },
      { task: 'docker: { image: x, command: "sh -c \'x" }', at: '"sh -c \'x"' },
      { task: "docker: { image: x, mounts: [{ type: tmpfs, source: /a, target: /b }] }", at: "source" },
      { task: "docker: { image: x, mounts: [{ target: /b }] }", at: "{ target: /b }" },
      { task: 'docker: { image: x, command: [echo, "${{ secrets.TOKEN }}"] }', at: "secrets.TOKEN" },
    ],
  };
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { operators as builtIn, withPlugins } from "../../src/operators/index.ts";
import { ROOT } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { operatorConformance } from "./operator.ts";

/** The operator of the example, held to what the built-in ones promise. */
operatorConformance("table, of a plugin", () => {
  const { operators } = withPlugins(builtIn, join(ROOT, "examples/plugin"), ["./plugins/table.ts"]);
  const folder = temporaryFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const table = (name: string, text?: string, more = {}) => ({
    table: { file: text === undefined ? join(folder, name) : file(name, text), interval_ms: 10, ...more },
  });
  const rows = `id,amount\n${"1,2\n".repeat(42)}`;
  const answer = { answer: { type: "integer", value: "${{ table.rows }}" } };
  const token = "${{ secrets.TOKEN }}";
  return {
    operators,
    tasks: {
      succeeds: { ...table("a.csv", rows), outputs: answer },
      fails: table("b.csv", "id\n"),
      hangs: table("never.csv"),
      waits_for_go: { ...table("later.csv"), outputs: answer },
      leaks: table("c.csv", "id\n1\n", { columns: [token] }),
      hands_on_secret: { never: "it hands on what stands in the file" },
      gives_wrong_output: {
        ...table("d.csv", "id\n1\n"),
        outputs: { answer: { type: "integer", value: "${{ table.columns }}" } },
      },
    },
    failure: { reason: "unexpected" },
    // It waits from its first look on.
    running: async () => {},
    go: () => void file("later.csv", rows),
    crash: "adopts",
    bad: [
      { task: "table: { columns: [id] }", at: "table" },
      { task: "table: { file: a.csv, min_rows: many }", at: "many" },
      { task: "table: { file: a.csv, column: id }", at: "column" },
      { task: "table: { file: '${{ secrets.TOKEN }}' }", at: "secrets.TOKEN" },
      { task: "table: { file: a.csv }\noutputs: { n: { type: integer, value: tabel.rows } }", at: "tabel" },
    ],
  };
});

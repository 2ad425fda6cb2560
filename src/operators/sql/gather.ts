import type { JsonObject, JsonValue } from "../../lib/index.ts";
import { refuse } from "./failure.ts";
import { RowFile, type RowTarget } from "./row-file.ts";
import type { SqlResult } from "./settings.ts";

/** Rows that are kept in memory hold no more than this, as JSON. */
const MEMORY_BYTES_MAX = 16 * 1024 * 1024;

/** How rows are taken. */
export interface Taking {
  readonly max_rows: number;
  readonly save?: RowTarget;
}

/** Takes the rows of one statement as they come: into memory, bounded, or into a file. */
export class Gatherer {
  readonly #columns: readonly string[];
  readonly #taking: Taking;
  readonly #file: RowFile | undefined;
  readonly #rows: JsonObject[] = [];
  #count = 0;
  #bytes = 0;

  /** @throws SqlFailure when two columns have one name */
  constructor(columns: readonly string[], taking: Taking) {
    const twice = columns.find((name, index) => columns.indexOf(name) !== index);
    if (twice !== undefined) refuse(`two columns are called \`${twice}\`: give one of them another name with AS`);
    this.#columns = columns;
    this.#taking = taking;
    this.#file = taking.save === undefined ? undefined : new RowFile(taking.save, columns);
  }

  /** @throws SqlFailure when there are more than the task takes */
  add(values: readonly JsonValue[]): void {
    this.#count++;
    const row = Object.fromEntries(this.#columns.map((name, index) => [name, values[index] ?? null]));
    if (this.#file !== undefined) {
      this.#file.add(row);
      return;
    }
    const { max_rows } = this.#taking;
    if (this.#count > max_rows) {
      refuse(
        `there are more than ${max_rows} rows: ask for fewer, write them to a file with \`save_to\`, or raise \`max_rows\``,
        "response_invalid",
      );
    }
    this.#bytes += JSON.stringify(row).length;
    if (this.#bytes > MEMORY_BYTES_MAX) {
      refuse("the rows hold more than 16 MiB: write them to a file with `save_to`", "response_invalid");
    }
    this.#rows.push(row);
  }

  end(): SqlResult {
    this.#file?.end();
    return { rows: this.#rows, row_count: this.#count };
  }

  close(): void {
    this.#file?.close();
  }
}

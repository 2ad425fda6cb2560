import type { JsonObject } from "../lib/index.ts";
import type { Operator } from "./operator.ts";
import { BIND_IT, SQL_PROPERTIES, withSqlDefaults } from "./sql/schema.ts";

/** Carries statements out on a database. */
export const sql: Operator = {
  name: "sql",
  summary: "Carries SQL statements out on PostgreSQL or SQLite, and takes outputs from their rows",
  docs: `
Carries statements out on the database of a [connection](../configuration.md#connections), all of them or none.

\`\`\`yaml
tasks:
  load:
    timeout: 30m
    sql:
      connection: warehouse
      file: sql/load.sql
      params: { day: "\${{ ds }}" }
  check:
    needs: load
    sql:
      connection: warehouse
      query: |
        SELECT count(*) AS n, count(*) FILTER (WHERE price IS NULL) AS gaps
        FROM sales WHERE day = :day
      params: { day: "\${{ ds }}" }
    outputs:
      n: integer # the column \`n\` of the first row
      complete:
        type: boolean
        value: \${{ row.gaps == 0 }}
\`\`\`

**Values are bound**, and never become part of a statement: a \`\${{ … }}\` in \`query\` is an error (ENG409), and so is a secret. With a
mapping under \`params\` a statement names them \`:day\`. With a list they are \`$1\`, \`$2\` on PostgreSQL and \`?\`, \`?1\`, \`?2\` on SQLite.
Several statements may use the same ones. A list is an array on PostgreSQL: \`WHERE id = ANY(:ids)\`; on SQLite it is JSON:
\`WHERE id IN (SELECT value FROM json_each(:ids))\`. Names of tables and columns can't be bound: branch, or write a task for each.

**The result** is that of the last statement: \`row\`, the first row, or null; \`rows\`; and \`row_count\`, how many rows it gave or
changed. An output without a \`value\` is the column of that name in the first row. There may be 1000 rows, or \`max_rows\`, and more is a failure. With
\`save_to\` they go to a file instead as they come, as CSV or a JSON object a line, whole or not at all; \`row\` is then null.

| PostgreSQL | SQLite | becomes |
|---|---|---|
| smallint, integer, bigint, numeric, real | integer, real | a number, or text where a number would not hold all its digits |
| boolean | | true or false |
| timestamptz | | ISO 8601 in UTC |
| timestamp, date | | ISO 8601 without a zone |
| json, jsonb, arrays of all these | | the value |
| bytea | blob | a failure: encode it |
| all others | text | text |

**A transaction** holds all statements, and is kept when the outputs fit what the task declares: a task that fails has changed nothing. Some
statements, such as VACUUM, only run outside of one: \`transaction: false\` keeps what each statement does at once.

**How it fails.** By \`error.reason\`:

| reason | when | retried |
|---|---|---|
| \`dns_failed\`, \`connection_failed\`, \`tls_failed\` | there is no connection, or it broke | yes |
| \`refused\` | the database refuses a statement; the message has its SQLSTATE and its place | serialisation, deadlocks, locks, and a server that is out of resources or goes down |
| \`response_invalid\` | there are more rows than the task takes, or the file is no database | no |
| \`output_invalid\` | an output isn't what the task declares | yes |
| \`timeout\` | it took longer than the task's \`timeout\`; the statement is ended on the server | yes |

**After a crash of the engine** the transaction is undone: PostgreSQL 14 and later notice within two seconds, an earlier one when the
statement ends, and SQLite when the file is opened next. But nobody can tell whether it had just been kept, so the attempt is lost and \`on_lost\`
decides: by default it runs again. So write statements that may run twice: \`INSERT … ON CONFLICT\`, or a DELETE of the day before its INSERT.
With \`transaction: false\` they must be.
`,
  schema: {
    type: "object",
    description: "Statements on a database.",
    properties: SQL_PROPERTIES,
    required: ["connection"],
    oneOf: [{ required: ["query"] }, { required: ["file"] }],
    additionalProperties: false,
    examples: [{ connection: "warehouse", query: "SELECT count(*) AS n FROM sales" }],
  },
  normalise: (value) => withSqlDefaults(value as JsonObject),
  shell_keys: [],
  secret_keys: ["params"],
  expression_keys: [],
  literal_keys: { query: BIND_IT },
  result_names: ["row", "rows", "row_count"],
  connections: ["postgres", "sqlite"],
  branch: false,
  // What carries statements out is loaded for the first of them: checking a pipeline has no use for it.
  start: async (host) => (await import("./sql/carry-out.ts")).carryOut(host),
};

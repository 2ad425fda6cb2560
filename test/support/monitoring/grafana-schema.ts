import { join } from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { ROOT } from "../repository.ts";

const TYPES = join(ROOT, "node_modules/@grafana/schema/dist/types/raw");

/** JSON Schema of one of Grafana's own types. */
export function grafanaSchema(file: string, type: string): object {
  return createGenerator({
    path: join(TYPES, file),
    type,
    skipTypeCheck: true,
    additionalProperties: true,
    tsconfig: join(ROOT, "test/support/monitoring/grafana-tsconfig.json"),
  }).createSchema(type);
}

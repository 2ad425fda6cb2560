import { config_properties, config_schema, keySchema } from "../../src/config/definition.ts";
import { validatorModule } from "../schema-validators.ts";

/** From the definition of engine.yaml: its schema for editors, and the validators of the file and of each key. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const keys = Object.keys(config_properties) as (keyof typeof config_properties)[];
  return {
    "schemas/engine.schema.json": `${JSON.stringify(published(), null, 2)}\n`,
    "src/config/generated/validators.ts": await validatorModule({
      config: config_schema,
      ...Object.fromEntries(keys.map((key) => [key, keySchema(key)])),
    }),
  };
}

function published(): object {
  const { $schema, ...rest } = config_schema;
  return { $schema, title: "engine.yaml", ...rest };
}

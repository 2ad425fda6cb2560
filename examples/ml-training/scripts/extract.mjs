// Fetches the customers, into a folder of the run.
//
// There is no database behind this example, so the rows are generated, the same ones each time. What is true
// to life is that the place which they come from is asleep when it is first asked.
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generator } from "./random.mjs";

export default function extract({ log }, { customers, folder }) {
  mkdirSync(folder, { recursive: true });

  const awake = join(folder, "warehouse-is-awake");
  if (!existsSync(awake)) {
    writeFileSync(awake, "");
    throw new Error("warehouse: connection refused (it was asleep, and is starting now)");
  }

  const { uniform, normal } = generator(20240101);
  const rows = ["tenure_months,monthly_charge,support_calls,logins_per_week,left"];
  for (let i = 0; i < customers; i++) {
    const tenure = Math.round(uniform() * 60);
    const charge = 20 + uniform() * 80;
    const calls = Math.floor(uniform() * 8);
    const logins = uniform() * 10;
    // What makes a customer leave, and a little that nobody knows.
    const wish = -0.12 * (tenure - 30) + 0.06 * (charge - 60) + 0.9 * (calls - 3.5) - 0.7 * (logins - 5);
    const left = wish + 0.6 * normal() > 0 ? 1 : 0;
    // Now and then a value was not recorded.
    const recorded = uniform() < 0.02 ? "" : logins.toFixed(2);
    rows.push(`${tenure},${charge.toFixed(2)},${calls},${recorded},${left}`);
  }

  // Written beside its place and moved there: who reads it finds all of it or nothing.
  const data_path = join(folder, "customers.csv");
  writeFileSync(`${data_path}.part`, `${rows.join("\n")}\n`);
  renameSync(`${data_path}.part`, data_path);

  log(`fetched ${customers} customers`);
  return { data_path, record_count: customers };
}

// Fetches the customers: extract.mjs OUT_FOLDER HOW_MANY
//
// There is no database behind this example, so the rows are generated, the same ones each time. What is true
// to life is that the place which they come from is asleep when it is first asked.
import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generator } from "./random.mjs";

const [folder, count] = [process.argv[2], Number(process.argv[3])];
mkdirSync(folder, { recursive: true });

const awake = join(folder, "warehouse-is-awake");
if (!existsSync(awake)) {
  writeFileSync(awake, "");
  console.error("warehouse: connection refused (it was asleep, and is starting now)");
  process.exit(1);
}

const { uniform, normal } = generator(20240101);
const rows = ["tenure_months,monthly_charge,support_calls,logins_per_week,left"];
for (let i = 0; i < count; i++) {
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
const path = join(folder, "customers.csv");
writeFileSync(`${path}.part`, `${rows.join("\n")}\n`);
renameSync(`${path}.part`, path);

console.log(`fetched ${count} customers`);
appendFileSync(process.env.ENGINE_OUTPUT, `data_path=${path}\nrecord_count=${count}\n`);

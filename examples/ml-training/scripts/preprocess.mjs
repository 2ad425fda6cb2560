// Makes the data fit for training: preprocess.mjs DATA_CSV OUT_FOLDER
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [data, folder] = process.argv.slice(2);
const [header, ...lines] = readFileSync(data, "utf8").trim().split("\n");
const names = header.split(",");
const all = lines.map((line) => line.split(","));
const complete = all.filter((row) => row.every((value) => value !== "")).map((row) => row.map(Number));
if (complete.length < 10) {
  console.error(`${data}: only ${complete.length} of ${all.length} rows are complete, which is too few to train with`);
  process.exit(1);
}

// Every fifth row is for the test. The scale comes from the training rows alone: the test must not leak into it.
const train = complete.filter((_, i) => i % 5 !== 0);
const test = complete.filter((_, i) => i % 5 === 0);
const features = names.length - 1;
const scale = Array.from({ length: features }, (_, f) => {
  const mean = train.reduce((sum, row) => sum + row[f], 0) / train.length;
  const variance = train.reduce((sum, row) => sum + (row[f] - mean) ** 2, 0) / train.length;
  return { name: names[f], mean, deviation: Math.sqrt(variance) || 1 };
});
const scaled = (rows) =>
  rows.map((row) => ({ x: scale.map(({ mean, deviation }, f) => (row[f] - mean) / deviation), y: row[features] }));

const train_path = join(folder, "train.json");
const test_path = join(folder, "test.json");
writeFileSync(train_path, JSON.stringify({ scale, rows: scaled(train) }));
writeFileSync(test_path, JSON.stringify({ scale, rows: scaled(test) }));

const dropped = all.length - complete.length;
console.log(`${train.length} rows to train with, ${test.length} to test with, ${dropped} dropped for gaps`);
appendFileSync(process.env.ENGINE_OUTPUT, `${JSON.stringify({ train_path, test_path, dropped })}\n`);

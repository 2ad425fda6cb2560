// Makes the data fit for training: drops rows with gaps, scales the features, sets a fifth aside.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export default function preprocess({ log }, { data_path, folder }) {
  const [header, ...lines] = readFileSync(data_path, "utf8").trim().split("\n");
  const names = header.split(",");
  const all = lines.map((line) => line.split(","));
  const complete = all.filter((row) => row.every((value) => value !== "")).map((row) => row.map(Number));
  if (complete.length < 10) {
    throw new Error(`${data_path}: only ${complete.length} of ${all.length} rows are complete: too few to train with`);
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
  log(`${train.length} rows to train with, ${test.length} to test with, ${dropped} dropped for gaps`);
  return { train_path, test_path, dropped };
}

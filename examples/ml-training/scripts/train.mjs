// Trains a logistic regression by gradient descent, and tests it on rows that it has not seen.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export default function train({ log }, { train_path, test_path, folder, epochs, learning_rate }) {
  const { scale, rows } = JSON.parse(readFileSync(train_path, "utf8"));
  const held_back = JSON.parse(readFileSync(test_path, "utf8")).rows;

  // The first weight is the bias. It starts at a guess that is wrong on purpose: that everybody leaves.
  const weights = [2, ...scale.map(() => 0)];
  const predict = (x) => 1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * weights[i + 1], weights[0])));

  let loss = Number.NaN;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const gradient = weights.map(() => 0);
    loss = 0;
    for (const { x, y } of rows) {
      const p = Math.min(Math.max(predict(x), 1e-9), 1 - 1e-9);
      loss -= (y * Math.log(p) + (1 - y) * Math.log(1 - p)) / rows.length;
      gradient[0] += p - y;
      for (let i = 0; i < x.length; i++) gradient[i + 1] += (p - y) * x[i];
    }
    for (let i = 0; i < weights.length; i++) weights[i] -= (learning_rate * gradient[i]) / rows.length;
    if (epoch === 1 || epoch === epochs || epoch % 50 === 0) log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
  }

  const right = held_back.filter(({ x, y }) => (predict(x) >= 0.5 ? 1 : 0) === y).length;
  const accuracy = Number((right / held_back.length).toFixed(4));
  log(`right about ${right} of ${held_back.length} customers: accuracy ${accuracy}`);

  const model_path = join(folder, "model.json");
  writeFileSync(`${model_path}.part`, `${JSON.stringify({ weights, scale, accuracy }, null, 2)}\n`);
  renameSync(`${model_path}.part`, model_path);
  return { accuracy, loss: Number(loss.toFixed(4)), model_path };
}

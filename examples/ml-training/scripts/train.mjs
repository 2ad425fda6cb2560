// Trains a logistic regression by gradient descent, and tests it on rows that it has not seen.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: {
    train: { type: "string" },
    test: { type: "string" },
    model: { type: "string" },
    epochs: { type: "string" },
    "learning-rate": { type: "string" },
  },
});
const epochs = Number(options.epochs);
const rate = Number(options["learning-rate"]);
const { scale, rows } = JSON.parse(readFileSync(options.train, "utf8"));
const held_back = JSON.parse(readFileSync(options.test, "utf8")).rows;

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
  for (let i = 0; i < weights.length; i++) weights[i] -= (rate * gradient[i]) / rows.length;
  if (epoch === 1 || epoch === epochs || epoch % 50 === 0) console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`);
}

const right = held_back.filter(({ x, y }) => (predict(x) >= 0.5 ? 1 : 0) === y).length;
const accuracy = Number((right / held_back.length).toFixed(4));
console.log(`right about ${right} of ${held_back.length} customers: accuracy ${accuracy}`);

writeFileSync(`${options.model}.part`, `${JSON.stringify({ weights, scale, accuracy }, null, 2)}\n`);
renameSync(`${options.model}.part`, options.model);
appendFileSync(
  process.env.ENGINE_OUTPUT,
  `${JSON.stringify({ accuracy, loss: Number(loss.toFixed(4)), model_path: options.model })}\n`,
);

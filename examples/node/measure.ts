import type { TaskContext } from "engine";

interface Params {
  readonly degree_max: number;
}

/** Measures something that is a cubic at heart. */
export default function measure({ params, log, ds }: TaskContext<Params>) {
  const xs = Array.from({ length: 21 }, (_, i) => i / 10 - 1);
  const points = xs.map((x, i) => [x, x ** 3 - x / 2 + (i % 2 === 0 ? 0.01 : -0.01)]);
  log(`${points.length} points for ${ds}`);
  return { points, degrees: Array.from({ length: params.degree_max }, (_, i) => i + 1) };
}

import type { TaskContext } from "engine";
import { leastSquares } from "./least-squares.ts";

/** The largest mean error that is good enough. */
const ERROR_MAX = 0.02;

interface FitArgs {
  readonly points: readonly (readonly [number, number])[];
  readonly degree: number;
}

export function fit({ log }: TaskContext, { points, degree }: FitArgs) {
  const coefficients = leastSquares(points, degree);
  const valueAt = (x: number) => coefficients.reduce((sum, c, power) => sum + c * x ** power, 0);
  const error = points.reduce((sum, [x, y]) => sum + Math.abs(y - valueAt(x)), 0) / points.length;
  log(`degree ${degree}: mean error ${error.toFixed(4)}`);
  return { error };
}

interface ChooseArgs {
  readonly degrees: readonly number[];
  readonly errors: readonly number[];
}

export function choose({ log }: TaskContext, { degrees, errors }: ChooseArgs) {
  // A larger degree has to be worth it.
  const index = errors.findIndex((error) => error <= ERROR_MAX);
  const degree = degrees[index];
  if (degree === undefined) throw new Error(`no degree has an error of ${ERROR_MAX} or less`);
  log(`degree ${degree} is good enough`);
  return { degree };
}

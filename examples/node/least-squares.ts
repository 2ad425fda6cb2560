/** The coefficients of the polynomial nearest to the points, the constant first. */
export function leastSquares(points: readonly (readonly [number, number])[], degree: number): number[] {
  const size = degree + 1;
  const rows = Array.from({ length: size }, (_, row) => [
    ...Array.from({ length: size }, (_, column) => points.reduce((sum, [x]) => sum + x ** (row + column), 0)),
    points.reduce((sum, [x, y]) => sum + y * x ** row, 0),
  ]);
  // Gauss and Jordan. The matrix is symmetric and positive, so no pivot is looked for.
  rows.forEach((row, i) => {
    const pivot = row[i] ?? 1;
    rows[i] = row.map((value) => value / pivot);
    rows.forEach((other, j) => {
      if (j === i) return;
      const factor = other[i] ?? 0;
      rows[j] = other.map((value, k) => value - factor * (rows[i]?.[k] ?? 0));
    });
  });
  return rows.map((row) => row[size] ?? 0);
}

/** Ordinary least squares by the normal equations, which is fine for a handful of columns. */
export function leastSquares(rows, outcome) {
  const size = rows[0].length;
  const cross = Array.from({ length: size }, () => new Float64Array(size));
  const target = new Float64Array(size);
  rows.forEach((row, at) => {
    for (let i = 0; i < size; i += 1) {
      target[i] += row[i] * outcome[at];
      for (let j = 0; j < size; j += 1) cross[i][j] += row[i] * row[j];
    }
  });
  const inverse = invert(cross);
  const estimates = inverse.map((row) => row.reduce((sum, value, j) => sum + value * target[j], 0));

  const mean = outcome.reduce((sum, value) => sum + value, 0) / outcome.length;
  let residual = 0;
  let total = 0;
  rows.forEach((row, at) => {
    const fitted = row.reduce((sum, value, j) => sum + value * estimates[j], 0);
    residual += (outcome[at] - fitted) ** 2;
    total += (outcome[at] - mean) ** 2;
  });
  const variance = residual / (rows.length - size);
  return {
    estimates,
    errors: inverse.map((row, at) => Math.sqrt(row[at] * variance)),
    rSquared: 1 - residual / total,
  };
}

/** Gauss and Jordan with pivoting. */
function invert(matrix) {
  const size = matrix.length;
  const work = matrix.map((row, at) => [
    ...row,
    ...Array.from({ length: size }, (_, j) => (j === at ? 1 : 0)),
  ]);
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column; row < size; row += 1) {
      if (Math.abs(work[row][column]) > Math.abs(work[pivot][column])) pivot = row;
    }
    if (Math.abs(work[pivot][column]) < 1e-12)
      throw new Error('The columns of the model depend on each other.');
    [work[column], work[pivot]] = [work[pivot], work[column]];
    const scale = work[column][column];
    work[column] = work[column].map((value) => value / scale);
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue;
      const factor = work[row][column];
      work[row] = work[row].map((value, at) => value - factor * work[column][at]);
    }
  }
  return work.map((row) => row.slice(size));
}

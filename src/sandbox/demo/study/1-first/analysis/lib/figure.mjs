const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 60;
const BOTTOM = 50;

/** Points with a size by count, axes with five ticks each. */
export function scatter(points, xLabel, yLabel) {
  const xMax = Math.max(...points.map((point) => point.x)) * 1.1;
  const yMin = Math.floor(Math.min(...points.map((point) => point.y)) - 5);
  const yMax = Math.ceil(Math.max(...points.map((point) => point.y)) + 5);
  const x = (value) => LEFT + (value / xMax) * (WIDTH - LEFT - 20);
  const y = (value) => 20 + ((yMax - value) / (yMax - yMin)) * (HEIGHT - BOTTOM - 20);
  const ticks = (low, high) => Array.from({ length: 5 }, (_, at) => low + ((high - low) * at) / 4);
  const largest = Math.max(...points.map((point) => point.count));

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...ticks(0, xMax).map(
      (v) =>
        `<text x="${x(v).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${v.toFixed(0)}</text>`,
    ),
    ...ticks(yMin, yMax).map(
      (v) =>
        `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(v).toFixed(1)}" y2="${y(v).toFixed(1)}" stroke="#ddd"/>` +
        `<text x="${LEFT - 8}" y="${(y(v) + 4).toFixed(1)}" text-anchor="end">${v.toFixed(0)}</text>`,
    ),
    `<polyline fill="none" stroke="#0969da" points="${points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join(' ')}"/>`,
    ...points.map(
      (p) =>
        `<circle cx="${x(p.x).toFixed(1)}" cy="${y(p.y).toFixed(1)}" r="${(3 + 5 * Math.sqrt(p.count / largest)).toFixed(1)}" fill="#0969da"/>`,
    ),
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${xLabel}</text>`,
    `<text transform="translate(16 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

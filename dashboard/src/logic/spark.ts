// A line of values as the points of an SVG polyline. Pure.

export function sparkPoints(values: number[], width: number, height: number): string {
  const max = Math.max(...values, 1);
  const step = width / Math.max(1, values.length - 1);
  return values
    .map((value, index) => {
      const y = height - 1 - (value / max) * (height - 2);
      return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}

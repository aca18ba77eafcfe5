import type { JSX } from 'preact';

import { sparkPoints } from '../logic/spark';

const WIDTH = 80;
const HEIGHT = 18;

export function Sparkline({ values }: { values: number[] }): JSX.Element | null {
  // A line along the bottom says nothing.
  if (values.length < 3 || values.every((value) => value === 0)) {
    return null;
  }
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <polyline points={sparkPoints(values, WIDTH, HEIGHT)} fill="none" />
    </svg>
  );
}

// The charts of the last hour, of the node or of one destination.
import type { JSX } from 'preact';

import { axisDuration, brief, duration, perSecond } from '../logic/format';
import type { Sample } from '../logic/series';
import { TOO_OLD_SECONDS } from '../logic/trouble';
import { Chart, type Line } from './chart';

const FLOW: Line[] = [
  { member: 'accepted', label: 'accepted', colour: 'blue' },
  { member: 'delivered', label: 'delivered', colour: 'green' },
  { member: 'failed', label: 'failed', colour: 'amber' },
  { member: 'dead', label: 'dead', colour: 'red' },
];
const WAITING: Line[] = [{ member: 'pending', label: 'pending', colour: 'blue' }];
const AGE: Line[] = [{ member: 'oldest', label: 'oldest', colour: 'amber' }];
const LAG: Line[] = [
  { member: 'p50', label: 'p50', colour: 'green' },
  { member: 'p99', label: 'p99', colour: 'violet' },
];

export function HistoryCharts({ samples }: { samples: Sample[] }): JSX.Element {
  return (
    <div class="charts">
      <Chart title="Flow" samples={samples} lines={FLOW} format={perSecond} least={1}
        unit="number" />
      <Chart title="Waiting" samples={samples} lines={WAITING} format={brief} least={5}
        unit="number" />
      <Chart title="Oldest pending" samples={samples} lines={AGE} format={duration}
        formatAxis={axisDuration} least={2} unit="seconds" />
      <Chart title="Lag" samples={samples} lines={LAG} format={duration}
        formatAxis={axisDuration} least={0.01} unit="seconds" />
    </div>
  );
}

export function ageTone(
  seconds: number | null, within: number,
): 'bad' | 'warn' | undefined {
  if (seconds === null || seconds <= within) {
    return undefined;
  }
  return seconds > TOO_OLD_SECONDS ? 'bad' : 'warn';
}

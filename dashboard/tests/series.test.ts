import { describe, expect, it } from 'vitest';

import type { History, HistorySample } from '../src/api/types';
import { lastKnown, Series } from '../src/logic/series';
import { counts } from './make';

const BEGIN = new Date('2026-11-29T12:00:00Z').getTime() / 1000;

function history(samples: History['samples']): History {
  return { step_seconds: 10, from: '2026-11-29T12:00:00Z', samples };
}

const sample = {
  accepted: 20, delivered: 10, failed: 5, dead: 0, pending: 7, oldest_pending_seconds: 3,
  lag_p50_seconds: 0.1, lag_p99_seconds: 0.5,
};

describe('a series', () => {
  it('takes the counts of a step for rates', () => {
    const series = new Series();
    series.setHistory(history([sample]));
    expect(series.samples()).toEqual([{
      at: BEGIN + 10, accepted: 2, delivered: 1, failed: 0.5, dead: 0, pending: 7, oldest: 3,
      p50: 0.1, p99: 0.5,
    }]);
  });

  it('leaves a gap where the node knows nothing, and none where nothing waits', () => {
    const series = new Series();
    const nothing = Object.fromEntries(
      Object.keys(sample).map((member) => [member, null])) as unknown as HistorySample;
    series.setHistory(history([nothing, { ...sample, pending: 0, oldest_pending_seconds: null }]));
    expect(series.samples().map((one) => one.oldest)).toEqual([null, 0]);
    expect(series.samples()[0]?.accepted).toBeNull();
  });

  it('is empty while the node is younger than a step', () => {
    const series = new Series();
    series.setHistory({ step_seconds: 10, from: null, samples: [] });
    expect(series.samples()).toEqual([]);
  });

  it('goes on with what the snapshots add up to', () => {
    const series = new Series();
    series.setHistory(history([sample]));
    const add = (seconds: number, delivered: number) => series.add({
      at: BEGIN + seconds, deliveries: counts({ delivered }), oldest: null,
    });
    add(12, 100);
    add(14, 110);
    expect(series.samples()).toHaveLength(1);
    add(22, 150);
    const last = series.samples().at(-1);
    expect([last?.at, last?.delivered, last?.accepted]).toEqual([BEGIN + 22, 5, 5]);
    expect(last?.p99).toBeNull();
    expect(lastKnown(series.samples(), 'p99')).toBe(0.5);
  });

  it('prefers what the node remembers to what was seen', () => {
    const series = new Series();
    for (const [seconds, delivered] of [[0, 0], [10, 50], [20, 60]] as const) {
      series.add({ at: BEGIN + seconds, deliveries: counts({ delivered }), oldest: null });
    }
    expect(series.samples().map((one) => one.delivered)).toEqual([5, 1]);
    series.setHistory(history([sample, sample]));
    expect(series.samples().map((one) => one.delivered)).toEqual([1, 1]);
  });

  it('begins anew when the books do', () => {
    const series = new Series();
    for (const [seconds, delivered] of [[0, 500], [10, 3], [20, 23]] as const) {
      series.add({ at: BEGIN + seconds, deliveries: counts({ delivered }), oldest: null });
    }
    expect(series.samples().map((one) => one.delivered)).toEqual([2]);
  });
});

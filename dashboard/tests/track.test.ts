import { describe, expect, it } from 'vitest';

import type { HistorySample } from '../src/api/types';
import { drainedIn, NO_TREND, Tracker } from '../src/logic/track';
import { counts, destination } from './make';

const at = (seconds: number) => 1_000_000_000_000 + seconds * 1000;

function tracked(steps: [number, Parameters<typeof counts>[0]][]) {
  const tracker = new Tracker();
  for (const [seconds, part] of steps) {
    tracker.add([destination({ deliveries: counts(part) })], at(seconds));
  }
  return tracker.trend('acme');
}

describe('a history', () => {
  const step = (part: Partial<HistorySample>): HistorySample => ({
    accepted: 0, delivered: 0, failed: 0, dead: 0, pending: 0, oldest_pending_seconds: null,
    lag_p50_seconds: null, lag_p99_seconds: null, ...part,
  });
  const recalled = (samples: HistorySample[], now: Parameters<typeof counts>[0]) => {
    const tracker = new Tracker();
    const books = counts(now);
    tracker.add([destination({ deliveries: books })], at(1000));
    const from = new Date(at(1000 - 10 * samples.length)).toISOString();
    tracker.addHistory('acme', { step_seconds: 10, from, samples }, books);
    return tracker.trend('acme');
  };

  it('tells of dead letters that grew before the page was opened, and since when', () => {
    const trend = recalled([step({}), step({}), step({ dead: 3 }), step({})], { dead: 5 });
    expect([trend.deadGrown, trend.deadGrownSince]).toEqual([3, at(980)]);
  });

  it('tells that nothing has arrived for a while', () => {
    const waits = { pending: 4 };
    const trend = recalled(
      [step({ delivered: 9 }), step({ ...waits, delivered: 1 }), step(waits), step(waits),
        step(waits)],
      { pending: 4, delivered: 10 });
    expect(trend.stalledSince).toBe(at(970));
    expect(trend.pending).toEqual([0, 4, 4, 4, 4, 4]);
  });

  it('is no history where there is none', () => {
    expect(recalled([], { dead: 5 }).deadGrown).toBe(0);
    const nothing = step({ pending: null });
    expect(recalled([nothing, step({ dead: 2 })], { dead: 1 }).deadGrown).toBe(0);
  });
});

describe('a trend', () => {
  it('is unknown of a destination that was never seen, and after one look', () => {
    expect(new Tracker().trend('nobody')).toEqual(NO_TREND);
    expect(tracked([[0, { delivered: 5 }]]).deliveredPerSecond).toBeNull();
  });

  it('tells how fast it is served, of the last 20 s or so', () => {
    const trend = tracked([
      [0, { delivered: 0 }], [10, { delivered: 1000 }], [20, { delivered: 1000 }],
      [30, { delivered: 1100 }],
    ]);
    expect(trend.deliveredPerSecond).toBe(5);
  });

  it('tells when it is drained', () => {
    const trend = tracked([[0, { pending: 300 }], [10, { pending: 200 }]]);
    expect(drainedIn(200, trend)).toBe(20);
    expect(drainedIn(300, tracked([[0, { pending: 200 }], [10, { pending: 300 }]]))).toBeNull();
    expect(drainedIn(0, trend)).toBeNull();
  });

  it('notices that dead letters grow, and since when', () => {
    const trend = tracked([[0, { dead: 2 }], [10, { dead: 2 }], [20, { dead: 5 }]]);
    expect(trend.deadGrown).toBe(3);
    expect(trend.deadGrownSince).toBe(at(10));
  });

  it('forgets growth after a quarter of an hour, and a drop is none', () => {
    expect(tracked([[0, { dead: 1 }], [10, { dead: 4 }], [920, { dead: 4 }]]).deadGrown).toBe(0);
    expect(tracked([[0, { dead: 9 }], [10, { dead: 0 }]]).deadGrown).toBe(0);
  });

  it('notices that nothing arrives though something waits', () => {
    const still = { delivered: 3, pending: 2 };
    expect(tracked([[0, still], [10, still]]).stalledSince).toBeNull();
    expect(tracked([[0, still], [10, still], [20, still]]).stalledSince).toBe(at(0));
    const more = { delivered: 4, pending: 2 };
    expect(tracked([[0, still], [10, more], [20, more]]).stalledSince).toBeNull();
    // An empty destination has nothing to deliver; it stalls only from when something waits.
    expect(tracked([[0, {}], [60, {}], [62, { pending: 1 }]]).stalledSince).toBeNull();
  });
});

import { describe, expect, it } from 'vitest';

import type { Destination, Failure } from '../src/api/types';
import { NO_TREND, type Trend } from '../src/logic/track';
import {
  answerText, byTrouble, needsSomebody, troubleOf, troubleWord,
} from '../src/logic/trouble';
import { counts, destination } from './make';

const NOW = new Date('2026-11-29T12:00:00Z');
const trouble = (part: Partial<Destination>, trend: Partial<Trend> = {}) =>
  troubleOf(destination(part), { ...NO_TREND, ...trend }, NOW);

describe('a destination', () => {
  it('is well where nothing waits and nothing is dead', () => {
    expect(trouble({ deliveries: counts({ delivered: 7 }) }))
      .toEqual({ level: 'well', reasons: [], since: null });
  });

  it('is down while its breaker is not closed, since it began to fail, and says why', () => {
    for (const breaker of ['open', 'half_open'] as const) {
      const found = trouble({
        breaker,
        failing_since: '2026-11-29T11:58:00Z',
        last_failure: { at: '', outcome: 'deferred', status: 503, error: null },
        deliveries: counts({ pending: 4 }),
        oldest_pending_seconds: 120,
      });
      expect(found.level).toBe('down');
      expect(found.since).toBe('2026-11-29T11:58:00Z');
      expect(found.reasons).toHaveLength(1);
      expect(found.reasons[0]?.text).toContain('it answers 503');
    }
  });

  it('says the error of an attempt without an answer', () => {
    const failure =
      { at: '', outcome: 'deferred' as const, status: null, error: 'connect refused' };
    expect(trouble({ breaker: 'open', last_failure: failure }).reasons[0]?.text)
      .toBe('down: connect refused');
  });

  it('is down without a breaker when nothing arrives, and waits since its oldest was accepted',
    () => {
      const found = trouble(
        { oldest_pending_seconds: 90, deliveries: counts({ pending: 3 }) },
        { stalledSince: NOW.getTime() - 30_000 });
      expect(found.level).toBe('down');
      expect(troubleWord(found)).toBe('Stalled');
      expect(found.since).toBe('2026-11-29T11:58:30.000Z');
    });

  it('stands still because of what failed since the last arrival, and of nothing before', () => {
    const stalled = (at: string) => trouble({
      last_delivered: '2026-11-29T11:58:00.000000Z',
      last_failure: { at, outcome: 'unknown', status: null, error: 'no answer in time' },
      oldest_pending_seconds: 90,
      deliveries: counts({ pending: 3 }),
    }, { stalledSince: NOW.getTime() - 30_000 }).reasons[0]?.text;
    expect(stalled('2026-11-29T11:59:00.000000Z')).toBe('nothing arrives: no answer in time');
    expect(stalled('2026-11-29T11:57:00.000000Z')).toBe('nothing arrives');
  });

  it('is late past its objective, and not for an attempt under way', () => {
    expect(trouble({ oldest_pending_seconds: 4, lag_within_seconds: 2 }).level).toBe('well');
    expect(trouble({ oldest_pending_seconds: 6, lag_within_seconds: 2 }).level).toBe('late');
    expect(trouble({ oldest_pending_seconds: 6, lag_within_seconds: 60 }).level).toBe('well');
    expect(trouble({ oldest_pending_seconds: 6 }).reasons[0]?.cause).toBe('over_objective');
  });

  it('is late after a quarter of an hour, whatever its objective', () => {
    const found = trouble({ oldest_pending_seconds: 1000, lag_within_seconds: 3600 });
    expect(found.reasons[0]?.cause).toBe('old');
  });

  it('is not late while it is paused: that is what somebody wanted', () => {
    const found = trouble({
      state: 'paused',
      paused_since: '2026-11-29T11:00:00Z',
      pause_reason: 'ticket 17',
      oldest_pending_seconds: 3600,
      deliveries: counts({ pending: 9 }),
    });
    expect(found.level).toBe('paused');
    expect(found.since).toBe('2026-11-29T11:00:00Z');
    expect(found.reasons[0]?.text).toBe('paused: ticket 17');
    expect(needsSomebody(found.level)).toBe(false);
  });

  it('is in trouble when it is not configured any more and something waits', () => {
    const orphan = { orphaned: true, url: null };
    expect(trouble({ ...orphan, deliveries: counts({ pending: 2 }) }).reasons[0]?.cause)
      .toBe('orphaned');
    expect(trouble({ ...orphan, deliveries: counts({ delivered: 2 }) }).level).toBe('well');
  });

  it('needs somebody while its dead letters grow, and a look when they only lie there', () => {
    const grows = trouble({ deliveries: counts({ dead: 9 }) },
      { deadGrown: 4, deadGrownSince: NOW.getTime() - 60_000 });
    expect([grows.level, grows.since]).toEqual(['late', '2026-11-29T11:59:00.000Z']);
    expect(trouble({ deliveries: counts({ dead: 9 }) }).level).toBe('note');
  });

  it('tells when its budget for lag is spent, but only of enough deliveries', () => {
    const spent = { lag_within: 950, lag_total: 1000, lag_objective: 0.999 };
    expect(trouble(spent).reasons[0]?.cause).toBe('lag_budget');
    expect(trouble({ ...spent, lag_within: 9, lag_total: 10 }).level).toBe('well');
  });
});

describe('a failed attempt', () => {
  const failure = (part: Partial<Failure>): Failure =>
    ({ at: '', outcome: 'rejected', status: null, error: null, ...part });

  it('is told by its error, else its status, else what came of it', () => {
    expect(answerText(failure({ error: 'connect refused', status: 503 }))).toBe('connect refused');
    expect(answerText(failure({ status: 503 }))).toBe('answered 503');
    expect(answerText(failure({ outcome: 'unknown' }))).toBe('unknown');
  });
});

describe('the order of destinations', () => {
  const ranked = (part: Partial<Destination>, trend: Partial<Trend> = {}) => {
    const one = destination(part);
    const all = { ...NO_TREND, ...trend };
    return { destination: one, trend: all, trouble: troubleOf(one, all, NOW) };
  };

  it('puts the worst first, and of equals the one whose oldest has waited longest', () => {
    const names = [
      ranked({ name: 'well' }),
      ranked({ name: 'dead', deliveries: counts({ dead: 5 }) }),
      ranked({ name: 'paused', state: 'paused' }),
      ranked({ name: 'late', oldest_pending_seconds: 30 }),
      ranked({ name: 'later', oldest_pending_seconds: 300 }),
      ranked({ name: 'down', breaker: 'open', oldest_pending_seconds: 5 }),
      ranked({ name: 'also well' }),
    ].sort(byTrouble).map((one) => one.destination.name);
    expect(names).toEqual(['down', 'later', 'late', 'paused', 'dead', 'also well', 'well']);
  });
});

// What the charts show: the last hour from /v1/history, and on from there what the live summaries
// add up to, in the same steps. Pure: the time comes with each snapshot.
import type { Counts, History } from '../api/types';

export const STEP_SECONDS = 10;
const KEEP_STEPS = 360;

export interface Sample {
  at: number;  // the step's end, seconds since 1970
  accepted: number | null;  // a second, as the others of this line
  delivered: number | null;
  failed: number | null;
  dead: number | null;
  pending: number | null;
  oldest: number | null;  // seconds
  p50: number | null;
  p99: number | null;
}

export interface Snapshot {
  at: number;  // seconds since 1970
  deliveries: Counts;
  oldest: number | null;
}

export class Series {
  private fromHistory: Sample[] = [];
  private live: Sample[] = [];
  private base: Snapshot | null = null;
  private latest: Snapshot | null = null;

  // What the node remembers; it knows more than what was seen here.
  setHistory(history: History): void {
    const step = history.step_seconds;
    const from = history.from === null ? 0 : new Date(history.from).getTime() / 1000;
    this.fromHistory = history.samples.map((sample, index) => ({
      at: from + (index + 1) * step,
      accepted: rate(sample.accepted, step),
      delivered: rate(sample.delivered, step),
      failed: rate(sample.failed, step),
      dead: rate(sample.dead, step),
      pending: sample.pending,
      // Nothing waits: that is no gap in the line.
      oldest: sample.oldest_pending_seconds ?? (sample.pending === 0 ? 0 : null),
      p50: sample.lag_p50_seconds,
      p99: sample.lag_p99_seconds,
    }));
    const end = this.fromHistory.at(-1)?.at ?? 0;
    this.live = this.live.filter((sample) => sample.at > end + STEP_SECONDS / 2);
  }

  add(snapshot: Snapshot): void {
    const base = this.base;
    if (base === null || snapshot.at < base.at || restarted(base, snapshot)) {
      this.base = snapshot;
      this.latest = snapshot;
      return;
    }
    this.latest = snapshot;
    if (snapshot.at - base.at >= STEP_SECONDS) {
      this.live.push(between(base, snapshot));
      this.live = this.live.slice(-KEEP_STEPS);
      this.base = snapshot;
    }
  }

  samples(): Sample[] {
    const live = [...this.live];
    // The step under way, once it says something.
    if (this.base && this.latest && this.latest.at - this.base.at >= STEP_SECONDS / 3) {
      live.push(between(this.base, this.latest));
    }
    const end = this.fromHistory.at(-1)?.at ?? 0;
    const newer = live.filter((sample) => sample.at > end + STEP_SECONDS / 2);
    return [...this.fromHistory, ...newer].slice(-KEEP_STEPS);
  }
}

function rate(number: number | null, seconds: number): number | null {
  return number === null ? null : number / seconds;
}

// Counters of the books only fall when retention forgets what it may.
function restarted(before: Snapshot, now: Snapshot): boolean {
  return now.deliveries.accepted < before.deliveries.accepted;
}

function between(before: Snapshot, now: Snapshot): Sample {
  const seconds = now.at - before.at;
  const grown = (state: 'accepted' | 'delivered' | 'dead') =>
    Math.max(0, now.deliveries[state] - before.deliveries[state]) / seconds;
  return {
    at: now.at,
    accepted: grown('accepted'),
    delivered: grown('delivered'),
    failed: null,
    dead: grown('dead'),
    pending: now.deliveries.pending,
    oldest: now.oldest ?? 0,
    p50: null,
    p99: null,
  };
}

export function lastKnown(samples: Sample[], member: keyof Sample): number | null {
  return samples.findLast((sample) => sample[member] !== null)?.[member] ?? null;
}

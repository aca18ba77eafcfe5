// What snapshots of the destinations tell when they are looked at one after another: how fast a
// destination is served, whether its dead letters grow, whether nothing arrives any more. It knows
// what came while the page was open, and what the node's history told of before. Pure: the time
// comes with each snapshot.
import type { Counts, Destination, History } from '../api/types';

const KEEP_MS = 15 * 60_000;
const STEP_MS = 10_000;  // between two points that are kept
const RATE_MS = 20_000;
// So long nothing was delivered although something waited: then it is not only slow.
export const STALLED_MS = 20_000;

interface Point {
  at: number;  // ms since 1970
  delivered: number;
  dead: number;
  pending: number;
}

export interface Trend {
  deliveredPerSecond: number | null;
  // Of what waits: negative when it drains.
  pendingPerSecond: number | null;
  deadGrown: number;
  deadGrownSince: number | null;
  // Since then something waits and nothing is delivered.
  stalledSince: number | null;
  pending: number[];  // oldest first, for a sparkline
}

export const NO_TREND: Trend = {
  deliveredPerSecond: null,
  pendingPerSecond: null,
  deadGrown: 0,
  deadGrownSince: null,
  stalledSince: null,
  pending: [],
};

class Track {
  private points: Point[] = [];
  private latest: Point | null = null;
  private lastProgress = 0;

  add(point: Point): void {
    const before = this.latest;
    if (before === null || point.delivered > before.delivered || point.pending === 0) {
      this.lastProgress = point.at;
    }
    this.latest = point;
    const kept = this.points.at(-1);
    if (kept === undefined || point.at - kept.at >= STEP_MS) {
      this.points.push(point);
      const firstKept = this.points.findIndex((old) => point.at - old.at <= KEEP_MS);
      this.points = this.points.slice(Math.max(0, firstKept));
    }
  }

  // What was before the first point.
  precede(points: Point[]): void {
    const first = this.points[0];
    const older = points.filter((point) => first === undefined || point.at < first.at);
    const kept = older.filter((point) => (this.latest?.at ?? point.at) - point.at <= KEEP_MS);
    const progress = older.findLast((point, index) => point.pending === 0 ||
      (index > 0 && point.delivered > (older[index - 1]?.delivered ?? point.delivered)));
    const began = this.points.length > 0 && this.lastProgress === first?.at;
    if (began && older.length > 0) {
      this.lastProgress = progress?.at ?? older[0]?.at ?? this.lastProgress;
    }
    this.points = [...kept, ...this.points];
  }

  trend(): Trend {
    const now = this.latest;
    const first = this.points[0];
    if (now === null || first === undefined) {
      return NO_TREND;
    }
    const from = this.points.findLast((point) => now.at - point.at >= RATE_MS) ?? first;
    const seconds = (now.at - from.at) / 1000;
    const grown = Math.max(0, now.dead - first.dead);
    return {
      deliveredPerSecond:
        seconds > 0 ? Math.max(0, now.delivered - from.delivered) / seconds : null,
      pendingPerSecond: seconds > 0 ? (now.pending - from.pending) / seconds : null,
      deadGrown: grown,
      deadGrownSince: grown > 0 ? this.firstGrowth(first.dead) : null,
      stalledSince:
        now.pending > 0 && now.at - this.lastProgress >= STALLED_MS ? this.lastProgress : null,
      pending: [...this.points.map((point) => point.pending), now.pending],
    };
  }

  private firstGrowth(dead: number): number | null {
    const index = this.points.findIndex((point) => point.dead > dead);
    return this.points[Math.max(0, index - 1)]?.at ?? null;
  }
}

export class Tracker {
  private readonly tracks = new Map<string, Track>();

  add(destinations: Destination[], at: number): void {
    for (const { name, deliveries } of destinations) {
      let track = this.tracks.get(name);
      if (track === undefined) {
        track = new Track();
        this.tracks.set(name, track);
      }
      const { delivered, dead, pending } = deliveries;
      track.add({ at, delivered, dead, pending });
    }
  }

  // The history of a destination, and its books at its end.
  addHistory(name: string, history: History, books: Counts): void {
    this.tracks.get(name)?.precede(pointsOf(history, books));
  }

  trend(name: string): Trend {
    return this.tracks.get(name)?.trend() ?? NO_TREND;
  }
}

// History counts what happened in each step; from what the books say now it follows what they said
// then. What was dropped or replayed since is not in it, so that no number may fall below zero.
function pointsOf(history: History, books: Counts): Point[] {
  if (history.from === null) {
    return [];
  }
  const begin = new Date(history.from).getTime();
  let { delivered, dead } = books;
  const points: Point[] = [];
  for (let index = history.samples.length - 1; index >= 0; index -= 1) {
    const sample = history.samples[index];
    if (sample?.pending == null) {
      break;
    }
    const at = begin + (index + 1) * history.step_seconds * 1000;
    points.unshift({ at, delivered, dead, pending: sample.pending });
    delivered = Math.max(0, delivered - (sample.delivered ?? 0));
    dead = Math.max(0, dead - (sample.dead ?? 0));
  }
  return points;
}

// Seconds until nothing waits any more at the present pace; null: it does not drain.
export function drainedIn(pending: number, trend: Trend): number | null {
  const pace = trend.pendingPerSecond;
  return pending > 0 && pace !== null && pace < -0.05 ? pending / -pace : null;
}

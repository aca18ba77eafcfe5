// What trouble is: the one place that says which destination needs a person, why, and which of two
// needs one sooner. Pure.
import type { Destination, Failure } from '../api/types';
import { count, duration, percent, plural } from './format';
import { NO_TREND, type Trend } from './track';

export type Level = 'down' | 'late' | 'paused' | 'note' | 'well';

// Worst first.
export const LEVELS: readonly Level[] = ['down', 'late', 'paused', 'note', 'well'];

export type Cause =
  | 'breaker_open' | 'stalled' | 'orphaned' | 'old' | 'dead_growing' | 'over_objective'
  | 'paused_waiting' | 'paused' | 'lag_budget' | 'dead';

export interface Reason {
  cause: Cause;
  level: Level;
  text: string;
  since: string | null;
}

export interface Trouble {
  level: Level;
  reasons: Reason[];  // the worst first; none: it is well
  // The earliest time that is known for its worst reason.
  since: string | null;
}

// What waits longer than this is late, whatever the objective; the alert SpillwayPendingTooOld.
export const TOO_OLD_SECONDS = 15 * 60;
// Of one that is not configured any more: the configuration's default.
export const LAG_WITHIN_SECONDS = 2;
// An attempt under way, or one failed and repeated, is no trouble yet.
const GRACE_SECONDS = 3;

export function troubleOf(
  destination: Destination, trend: Trend = NO_TREND, now: Date = new Date(),
): Trouble {
  const unavailable = ofItsAvailability(destination, trend, now);
  const reasons = [
    ...ofItsState(destination),
    ...unavailable,
    // What is down is late, too; that goes without saying.
    ...(unavailable.length === 0 ? ofItsAge(destination, now) : []),
    ...ofItsLosses(destination, trend),
  ].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const worst = reasons[0];
  return { level: worst?.level ?? 'well', reasons, since: worst?.since ?? null };
}

function ofItsState(destination: Destination): Reason[] {
  const { pending } = destination.deliveries;
  if (destination.orphaned && pending > 0) {
    return [{
      cause: 'orphaned',
      level: 'down',
      text: `not configured any more, ${plural(pending, 'delivery waits', 'deliveries wait')}`,
      since: null,
    }];
  }
  if (destination.state !== 'paused') {
    return [];
  }
  const why = destination.pause_reason === null ? '' : `: ${destination.pause_reason}`;
  return [{
    cause: pending > 0 ? 'paused_waiting' : 'paused',
    level: 'paused',
    text: `paused${why}`,
    since: destination.paused_since,
  }];
}

function ofItsAvailability(destination: Destination, trend: Trend, now: Date): Reason[] {
  if (destination.state === 'paused' || destination.orphaned) {
    return [];
  }
  const failure = destination.last_failure;
  const cause = failure == null ? '' : `: ${answerText(failure, 'it answers')}`;
  if (destination.breaker === 'open' || destination.breaker === 'half_open') {
    return [{
      cause: 'breaker_open',
      level: 'down',
      text: `down${cause}`,
      since: destination.failing_since,
    }];
  }
  if (trend.stalledSince !== null && (destination.oldest_pending_seconds ?? 0) > GRACE_SECONDS) {
    // What failed before the last one arrived is not why the next ones do not.
    const since = failure != null && failure.at > (destination.last_delivered ?? '');
    return [{
      cause: 'stalled',
      level: 'down',
      text: `nothing arrives${since ? cause : ''}`,
      since: waitingSince(destination, now),
    }];
  }
  return [];
}

function ofItsAge(destination: Destination, now: Date): Reason[] {
  const oldest = destination.oldest_pending_seconds;
  // Of one that is paused or not configured it is what a person wanted, or is told already.
  if (oldest === null || destination.state === 'paused' || destination.orphaned) {
    return [];
  }
  const since = waitingSince(destination, now);
  if (oldest > TOO_OLD_SECONDS) {
    return [{ cause: 'old', level: 'late', text: `oldest waits for ${duration(oldest)}`, since }];
  }
  const within = destination.lag_within_seconds ?? LAG_WITHIN_SECONDS;
  if (oldest > within + GRACE_SECONDS) {
    return [{
      cause: 'over_objective',
      level: 'late',
      text: `oldest waits for ${duration(oldest)}, objective ${duration(within)}`,
      since,
    }];
  }
  return [];
}

function ofItsLosses(destination: Destination, trend: Trend): Reason[] {
  const reasons: Reason[] = [];
  const { dead } = destination.deliveries;
  if (trend.deadGrown > 0) {
    reasons.push({
      cause: 'dead_growing',
      level: 'late',
      text: `${count(trend.deadGrown)} more dead of late, ${count(dead)} in all`,
      since: trend.deadGrownSince === null ? null : new Date(trend.deadGrownSince).toISOString(),
    });
  } else if (dead > 0) {
    reasons.push({
      cause: 'dead', level: 'note', text: plural(dead, 'dead letter'), since: null,
    });
  }
  const { lag_within: inTime, lag_total: total, lag_objective: objective } = destination;
  if (inTime != null && total != null && objective != null && total >= 100) {
    const share = inTime / total;
    if (share < objective) {
      reasons.push({
        cause: 'lag_budget',
        level: 'note',
        text: `${percent(share)} in time since the node started, objective ${percent(objective)}`,
        since: null,
      });
    }
  }
  return reasons;
}

function waitingSince(destination: Destination, now: Date): string | null {
  const oldest = destination.oldest_pending_seconds;
  return oldest === null ? null : new Date(now.getTime() - oldest * 1000).toISOString();
}

// What an attempt came to that did not deliver: "answered 503", unless another verb is asked for.
export function answerText(failure: Failure, verb = 'answered'): string {
  return failure.error ?? (failure.status === null ? failure.outcome : `${verb} ${failure.status}`);
}

export interface Ranked {
  destination: Destination;
  trouble: Trouble;
  trend: Trend;
}

// Who needs a person first stands first: by level, then by how old what waits is, by how much
// waits, by dead letters, by name.
export function byTrouble(a: Ranked, b: Ranked): number {
  return (
    LEVELS.indexOf(a.trouble.level) - LEVELS.indexOf(b.trouble.level) ||
    (b.destination.oldest_pending_seconds ?? -1) - (a.destination.oldest_pending_seconds ?? -1) ||
    b.destination.deliveries.pending - a.destination.deliveries.pending ||
    b.destination.deliveries.dead - a.destination.deliveries.dead ||
    a.destination.name.localeCompare(b.destination.name)
  );
}

export function needsSomebody(level: Level): boolean {
  return level === 'down' || level === 'late';
}

const WORDS: Record<Cause, string> = {
  breaker_open: 'Down',
  stalled: 'Stalled',
  orphaned: 'Orphaned',
  old: 'Late',
  over_objective: 'Late',
  dead_growing: 'Giving up',
  paused_waiting: 'Paused',
  paused: 'Paused',
  lag_budget: 'Was late',
  dead: 'Dead letters',
};

// Its state in a word or two.
export function troubleWord(trouble: Trouble): string {
  const worst = trouble.reasons[0];
  return worst === undefined ? 'Well' : WORDS[worst.cause];
}

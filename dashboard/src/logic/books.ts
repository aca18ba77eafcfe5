// States of deliveries: do the counts of an account add up, which one needs a look. Pure.
import { STATES, type Counts, type Fate, type State } from '../api/types';

// By how much more was accepted than is in any state; 0, or the books are wrong.
export function imbalance(counts: Counts): number {
  return counts.accepted - STATES.reduce((sum, state) => sum + counts[state], 0);
}

const WORST: State[] = ['dead', 'expired', 'pending', 'purged', 'superseded', 'delivered'];

export function worstFirst<T extends Fate>(fates: T[]): T[] {
  return [...fates].sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state) ||
    a.destination.localeCompare(b.destination));
}

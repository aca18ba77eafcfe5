// Do the counts of an account add up? Pure.
import { STATES, type Counts } from '../api/types';

// By how much more was accepted than is in any state; 0, or the books are wrong.
export function imbalance(counts: Counts): number {
  return counts.accepted - STATES.reduce((sum, state) => sum + counts[state], 0);
}

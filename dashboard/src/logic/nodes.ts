// In a cluster what is asked of one node is asked of all: what they came to together. Pure.
import type { DryRun, Job, OtherNode } from '../api/types';
import { plural } from './format';

export interface Together {
  matched: number;
  examined: number;
  complete: boolean;
  nodes: number;
  // Those that did not answer: what they have is not in it.
  silent: OtherNode[];
}

export function together(dryRun: DryRun): Together {
  const others = dryRun.nodes ?? [];
  const answers = others.flatMap((other) =>
    other.done && other.answer ? [other.answer as Partial<DryRun>] : []);
  return {
    matched: answers.reduce((sum, answer) => sum + (answer.matched ?? 0), dryRun.matched),
    examined: answers.reduce((sum, answer) => sum + (answer.examined ?? 0), dryRun.examined),
    complete: dryRun.complete && answers.every((answer) => answer.complete !== false),
    nodes: others.length + 1,
    silent: others.filter((other) => !other.done),
  };
}

// What is said when a job has begun.
export function begunWords(job: Job): string {
  const others = job.nodes ?? [];
  const also = others.filter((other) => other.done).length;
  return `Job ${job.id} has begun` +
    (also === 0 ? '.' : `, and one on ${plural(also, 'other node')}.`);
}

export function silentWords(silent: OtherNode[]): string {
  return silent.map(({ node, error }) => error === undefined ? node : `${node}: ${error}`)
    .join('; ');
}

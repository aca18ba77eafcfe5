// A job's state, its progress, and ending it.
import type { JSX } from 'preact';

import { cancelJob } from '../api/operations';
import type { Job } from '../api/types';
import { feed } from '../live/live';
import { count, plural } from '../logic/format';
import { ActionButton } from './basics';
import { ask } from './dialog';
import { told } from './toasts';

export function JobStateBadge({ job }: { job: Job }): JSX.Element {
  return <span class={`badge job-${job.state}`}>{job.state}</span>;
}

export function JobProgress({ job }: { job: Job }): JSX.Element {
  const handled = job.done + job.skipped;
  return (
    <progress
      aria-label={`Job ${job.id}: ${count(handled)} of ${count(job.matched)}`}
      max={Math.max(job.matched, 1)}
      value={job.state === 'done' ? Math.max(job.matched, 1) : handled}
    />
  );
}

export function CancelJob(
  { job, reload }: { job: Job; reload?: () => void },
): JSX.Element {
  return (
    <ActionButton danger label={`Cancel job ${job.id}`} onClick={() => ask({
      title: `Cancel job ${job.id}?`,
      body: (
        <p>
          The {job.kind} ends where it is: {plural(job.done, 'is', 'are')} done and stay
          done, {count(Math.max(0, job.matched - job.done - job.skipped))} found so far are left.
        </p>
      ),
      confirm: 'Cancel the job',
      danger: true,
      act: async () => {
        await cancelJob(job.id);
        feed.refresh();
        reload?.();
        told(`Job ${job.id} is cancelled.`);
      },
    })}>Cancel …</ActionButton>
  );
}

// One job: how far it is, and what came of it.
import type { JSX } from 'preact';

import { getJob } from '../api/operations';
import type { Job } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { count, duration, fullTime, perSecond } from '../logic/format';
import { filterWords } from '../logic/search';
import { Empty, Facts, LoadState, Tile } from '../parts/basics';
import { CancelJob, JobProgress, JobStateBadge } from '../parts/jobs';

const RENEW_MS = 1_000;

export function JobPage({ id }: { id: number }): JSX.Element {
  useTitle(`Job ${id}`);
  if (!Number.isInteger(id) || id < 1) {
    return (
      <>
        <h1>Job</h1>
        <Empty>Jobs have numbers. <a href="#/jobs">See those there are</a></Empty>
      </>
    );
  }
  return <NumberedJob id={id} />;
}

function NumberedJob({ id }: { id: number }): JSX.Element {
  const load = useLoad(`job ${id}`, (signal) => getJob(id, signal), RENEW_MS);
  const job = load.data;
  return (
    <>
      <header class="page">
        <h1>Job {id} {job !== null && <JobStateBadge job={job} />}</h1>
        {job?.state === 'running' && (
          <div class="buttons"><CancelJob job={job} reload={load.reload} /></div>
        )}
      </header>
      <LoadState what="the job" load={load} />
      {job !== null && <Progress job={job} />}
    </>
  );
}

function Progress({ job }: { job: Job }): JSX.Element {
  const end = job.finished === null ? new Date() : new Date(job.finished);
  const seconds = Math.max(0, (end.getTime() - new Date(job.created).getTime()) / 1000);
  const left = job.matched - job.done - job.skipped;
  const pace = seconds > 1 ? job.done / seconds : null;
  const what = job.kind === 'purge' ? 'events' : 'deliveries';
  return (
    <>
      <div class="job-progress"><JobProgress job={job} /></div>
      {job.failure !== null && <p class="error" role="alert">{job.failure}</p>}
      {job.kind === 'replay' && job.state === 'done' && job.done > 0 && (
        <p class="note">
          {count(job.done)} {what} wait again. What comes of them is at their destination.
        </p>
      )}
      <dl class="tiles">
        <Tile label="Done" value={count(job.done)} detail={perSecond(pace)}
          tone={job.state === 'done' ? 'good' : undefined} />
        <Tile label="Matched" value={count(job.matched)} detail={
          job.state === 'running' ? `${count(left)} left` : undefined} />
        <Tile label="Skipped" value={count(job.skipped)} detail="had moved on" />
        <Tile label="Looked at" value={count(job.examined)} detail={what} />
        <Tile label={job.finished === null ? 'Runs for' : 'Took'} value={duration(seconds)} />
      </dl>
      <Facts items={[
        ['Kind', job.kind],
        ['Filter', filterWords(job.filter)],
        ['Rate', job.rate === null ? 'as fast as it goes' : `${count(job.rate)} ${what} a second`],
        ['Asked by', job.asked_by],
        ['Begun', fullTime(job.created)],
        ['Ended', fullTime(job.finished)],
      ]} />
    </>
  );
}

// Jobs: those that run and the last that have ended.
import type { JSX } from 'preact';

import { getJobs } from '../api/operations';
import type { Job } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { jobs as live } from '../live/live';
import { count } from '../logic/format';
import { toJob } from '../logic/router';
import { filterWords } from '../logic/search';
import { Empty, LoadState, Panel, Time } from '../parts/basics';
import { JobProgress, JobStateBadge, CancelJob } from '../parts/jobs';
import { Table, type Column } from '../parts/table';
import { useStore } from '../store';

export function JobsPage(): JSX.Element {
  useTitle('Jobs');
  const streamed = useStore(live);
  const load = useLoad('jobs', getJobs);
  // What the feed brings is newer than what was loaded when the page was opened.
  const jobs = streamed ?? load.data;
  return (
    <>
      <h1>Jobs</h1>
      <Panel title="Newest first">
        {jobs === null && <LoadState what="jobs" load={load} />}
        {jobs?.length === 0 && (
          <Empty>
            None yet. A replay or drop of all that match begins one, at
            {' '}<a href="#/dead">Dead letters</a>; a purge, too.
          </Empty>
        )}
        {jobs !== null && jobs.length > 0 && (
          <Table label="Jobs" rows={jobs} columns={COLUMNS} keyOf={(job) => String(job.id)} />
        )}
      </Panel>
    </>
  );
}

const COLUMNS: Column<Job>[] = [
  { id: 'id', head: 'Job', width: '5rem', cell: (job) => <a href={toJob(job.id)}>{job.id}</a> },
  { id: 'kind', head: 'Kind', width: '6rem', cell: (job) => job.kind },
  { id: 'state', head: 'State', width: '7rem', cell: (job) => <JobStateBadge job={job} /> },
  { id: 'progress', head: 'Progress', width: '10rem', cell: (job) => <JobProgress job={job} /> },
  { id: 'done', head: 'Done', kind: 'number', width: '6rem', cell: (job) => count(job.done) },
  {
    id: 'filter',
    head: 'Filter',
    narrow: 'hide',
    cell: (job) => <span title={filterWords(job.filter)}>{filterWords(job.filter)}</span>,
  },
  { id: 'who', head: 'Asked by', width: '9rem', narrow: 'hide', cell: (job) => job.asked_by },
  {
    id: 'created', head: 'Begun', width: '11rem', narrow: 'hide',
    cell: (job) => <Time at={job.created} />,
  },
  {
    id: 'cancel',
    head: <span class="unseen">Cancel</span>,
    width: '6rem',
    cell: (job) => job.state === 'running' ? <CancelJob job={job} /> : '',
  },
];

// A dry run, shown as a sentence: how many a job would take.
import type { JSX } from 'preact';

import type { DryRun, OtherNode } from '../api/types';
import { plural } from '../logic/format';
import { silentWords, together } from '../logic/nodes';
import type { Loaded } from '../hooks';
import { ErrorNote, Field } from './basics';

export function Counted(
  { counted, one, many }: { counted: Loaded<DryRun>; one: string; many: string },
): JSX.Element {
  if (counted.error !== null) {
    return <ErrorNote message={counted.error} retry={counted.reload} />;
  }
  if (counted.data === null) {
    return <p role="status">Counting …</p>;
  }
  const { matched, complete, nodes, silent } = together(counted.data);
  return (
    <>
      <p role="status" class="counted">
        {complete ? '' : 'At least '}<b>{plural(matched, one, many)}</b>
        {matched === 1 ? ' matches' : ' match'}{nodes > 1 ? `, on ${nodes} nodes` : ''}.
        {complete ? '' : ' The count was cut short after 5 s.'}
      </p>
      <SilentNodes silent={silent} />
    </>
  );
}

export function SilentNodes({ silent }: { silent: OtherNode[] }): JSX.Element | null {
  return silent.length === 0 ? null : (
    <p class="error" role="alert">
      {plural(silent.length, 'node')} did not answer; nothing is done there: {silentWords(silent)}
    </p>
  );
}

export function RateField(
  { rate, setRate, what }: { rate: string; setRate: (rate: string) => void; what: string },
): JSX.Element {
  return (
    <Field label={`${what} a second`} hint="Left empty: as fast as it goes">
      <input type="number" name="rate" min={1} max={1_000_000} step={1} value={rate}
        onInput={(event) => setRate(event.currentTarget.value)} />
    </Field>
  );
}

export function rateOf(text: string): number | null {
  const rate = Number(text);
  return text === '' || !Number.isInteger(rate) || rate < 1 ? null : rate;
}

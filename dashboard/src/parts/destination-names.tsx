// The names that fields for a destination propose; of thousands, the first few hundred will do.
import type { JSX } from 'preact';

import { destinations } from '../live/live';
import { useStore } from '../store';

const PROPOSED = 500;

export function DestinationNames(): JSX.Element {
  const known = useStore(destinations) ?? [];
  return (
    <datalist id="destination-names">
      {known.slice(0, PROPOSED).map(({ name }) => <option key={name} value={name} />)}
    </datalist>
  );
}

// Under a paged list: how much of it is here, and the way to more.
import type { JSX } from 'preact';

import { count, plural } from '../logic/format';
import type { Paged } from '../paged';

export function ListFoot<T>({ list, what }: { list: Paged<T>; what: string }): JSX.Element {
  const shown = list.data?.length ?? 0;
  return (
    <p class="foot" role="status">
      {plural(shown, what)} shown{list.complete ? ', that is all' : ''};
      {' '}{count(list.scanned)} looked at.
      {!list.complete && (
        <button type="button" onClick={list.more} disabled={list.loading}>
          {list.loading ? 'Loading …' : 'Look further'}
        </button>
      )}
    </p>
  );
}

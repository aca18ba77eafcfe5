// Whether what is shown is of now, and if not, since when it is old.
import type { JSX } from 'preact';

import { useNow } from '../hooks';
import { clock } from '../logic/format';
import { useStore } from '../store';
import { POLL_MS } from './feed';
import { feed, feedState } from './live';

export function LiveSign(): JSX.Element {
  const { liveness, heardAt, error } = useStore(feedState);
  const now = useNow(1000);
  const since = heardAt === 0 ? '' : ` since ${clock(new Date(heardAt), now)}`;
  switch (liveness) {
    case 'connecting':
      return <span class="live waiting" role="status">Connecting …</span>;
    case 'live':
      return <span class="live on" role="status" title="Renewed every 2 s">Live</span>;
    case 'polling':
      return (
        <span class="live polled" role="status" title="There is no live stream; the page asks">
          Every {POLL_MS / 1000} s
        </span>
      );
    case 'stale':
      return (
        <span class="live stale" role="status">
          <span title={error ?? 'Nothing new came'}>Stale{since}</span>
          <button type="button" class="quiet" onClick={() => feed.refresh()}>Try now</button>
        </span>
      );
  }
}

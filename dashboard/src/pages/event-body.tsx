// The body of an event, when it is asked for: pretty, as it came, or to keep.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { getEventBody } from '../api/operations';
import type { Event } from '../api/types';
import { useLoad } from '../hooks';
import { bodyText, SHOWN_BYTES } from '../logic/body';
import { bytes } from '../logic/format';
import { Copy, Empty, LoadState, Panel } from '../parts/basics';
import { useSession } from '../session';

export function EventBody({ event }: { event: Event }): JSX.Element {
  const session = useSession();
  const [asked, setAsked] = useState(false);
  if (session?.role === 'viewer') {
    return (
      <Panel title="Body">
        <Empty>Viewers may not see bodies. It takes the role operator.</Empty>
      </Panel>
    );
  }
  return asked ? <ShownBody event={event} /> : (
    <Panel title="Body" aside={
      <button type="button" onClick={() => setAsked(true)}>
        Show {bytes(event.body_bytes)}
      </button>
    }>
      <Empty>It may hold what is nobody’s business. It is loaded when it is asked for.</Empty>
    </Panel>
  );
}

function ShownBody({ event }: { event: Event }): JSX.Element {
  const load = useLoad(`body ${event.event_id}`, (signal) => getEventBody(event.event_id, signal));
  const [raw, setRaw] = useState(false);
  const text = load.data === null ? null : bodyText(load.data.bytes);
  const shown = raw ? text?.raw : text?.pretty ?? text?.raw;
  const aside = load.data !== null && (
    <div class="buttons">
      {text?.pretty != null && (
        <button type="button" aria-pressed={raw} onClick={() => setRaw(!raw)}>As it came</button>
      )}
      {text?.raw != null && <Copy text={text.raw} what="the body" />}
      <a class="button" href={`/v1/events/${event.event_id}/body`} download>Download</a>
    </div>
  );
  return (
    <Panel title="Body" aside={aside}>
      <LoadState what="the body" load={load} />
      {load.data !== null && (
        <>
          {load.data.contentType !== '' && <p class="faint mono">{load.data.contentType}</p>}
          {text?.cut === true && (
            <p class="note">
              Only the first {bytes(SHOWN_BYTES)} are shown. Download it for the rest.
            </p>
          )}
          {shown == null
            ? <Empty>It is no text. Download it.</Empty>
            : <pre class="body" tabIndex={0} aria-label="Body">{shown}</pre>}
        </>
      )}
    </Panel>
  );
}

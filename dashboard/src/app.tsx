// The frame of every page: where one is, whether what is shown is live, who is signed in.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { usePlace } from './hooks';
import { destinations, jobs, summary } from './live/live';
import { LiveSign } from './live/sign';
import { brief } from './logic/format';
import type { Place } from './logic/router';
import { ErrorNote, Loading } from './parts/basics';
import { Questions } from './parts/dialog';
import { failed, Toasts } from './parts/toasts';
import { ThemeSwitch } from './parts/theme';
import { ActionsPage } from './pages/actions';
import { AuditPage } from './pages/audit';
import { ConfigPage } from './pages/config';
import { DeadPage } from './pages/dead';
import { DestinationPage } from './pages/destination';
import { EventPage } from './pages/event';
import { EventsPage } from './pages/events';
import { JobPage } from './pages/job';
import { JobsPage } from './pages/jobs';
import { OverviewPage } from './pages/overview';
import { PurgePage } from './pages/purge';
import { SignInPage } from './pages/sign-in';
import { findSession, sessionState, signOut, useSession } from './session';
import { useStore } from './store';

export function App(): JSX.Element {
  const state = useStore(sessionState);
  switch (state.kind) {
    case 'asking':
      return <main class="centred"><Loading what="the dashboard" /></main>;
    case 'unreachable':
      return (
        <main class="centred">
          <ErrorNote message={state.message} retry={() => void findSession()} />
        </main>
      );
    case 'signed_out':
      return <SignInPage ended={state.ended} />;
    case 'signed_in':
      return <Frame />;
  }
}

function Frame(): JSX.Element {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const address = place.path.join('/');
  const first = useRef(true);
  useEffect(() => {
    // A new page is read from its top; the first one leaves the focus where the browser has it.
    if (!first.current) {
      main.current?.focus();
      scrollTo(0, 0);
    }
    first.current = false;
  }, [address]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>Skip to content</a>
      <Header place={place} />
      <main id="main" ref={main} tabIndex={-1}>
        <ViewerNote />
        <PageOf place={place} />
      </main>
      <Questions />
      <Toasts />
    </>
  );
}

function PageOf({ place }: { place: Place }): JSX.Element {
  const [section = '', name, ...rest] = place.path;
  if (rest.length === 0) {
    switch (section) {
      case '':
        return <OverviewPage query={place.query} />;
      case 'destinations':
        return name === undefined ? <OverviewPage query={place.query} />
          : <DestinationPage key={name} name={name} />;
      case 'events':
        return name === undefined ? <EventsPage query={place.query} />
          : <EventPage key={name} id={name} />;
      case 'dead':
        return <DeadPage query={place.query} />;
      case 'jobs':
        return name === undefined ? <JobsPage /> : <JobPage key={name} id={Number(name)} />;
      case 'audit':
        return <AuditPage />;
      case 'purge':
        return <PurgePage query={place.query} />;
      case 'actions':
        return <ActionsPage />;
      case 'config':
        return <ConfigPage />;
    }
  }
  return (
    <>
      <h1>No such page</h1>
      <p>There is nothing at {location.hash}. <a href="#/">Go to the overview</a></p>
    </>
  );
}

function Header({ place }: { place: Place }): JSX.Element {
  const node = useStore(summary);
  const section = place.path[0] ?? '';
  return (
    <header class="top">
      <a class="brand" href="#/">
        <b>Spillway</b>
        {node !== null && <span title={`version ${node.version}`}>{node.node}</span>}
      </a>
      <Navigation section={section} />
      <div class="top-end">
        <LiveSign />
        <ThemeSwitch />
        <Who />
      </div>
    </header>
  );
}

function Navigation({ section }: { section: string }): JSX.Element {
  const node = useStore(summary);
  const running = useStore(jobs)?.filter((job) => job.state === 'running').length ?? 0;
  const known = useStore(destinations);
  const dead = node?.deliveries.dead ?? known?.reduce((sum, one) => sum + one.deliveries.dead, 0);
  const links: [string, string, number | undefined, string[]][] = [
    ['#/', 'Overview', undefined, ['', 'destinations']],
    ['#/events', 'Events', undefined, ['events', 'purge']],
    ['#/dead', 'Dead letters', dead, ['dead']],
    ['#/jobs', 'Jobs', running, ['jobs']],
    ['#/audit', 'Audit', node?.unaccounted, ['audit']],
    ['#/actions', 'Actions', undefined, ['actions']],
    ['#/config', 'Configuration', undefined, ['config']],
  ];
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the links are a line to scroll.
    nav.current?.querySelector('[aria-current]')
      ?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [section]);
  return (
    <nav aria-label="Pages" ref={nav}>
      {links.map(([href, word, number, sections]) => (
        <a key={href} href={href} aria-current={sections.includes(section) ? 'page' : undefined}>
          {word}
          {number !== undefined && number > 0 && <span class="pill">{brief(number)}</span>}
        </a>
      ))}
    </nav>
  );
}

function Who(): JSX.Element | null {
  const session = useSession();
  if (session === null || session.via === 'open') {
    return null;
  }
  return (
    <span class="who">
      <span title={`role: ${session.role}`}>{session.name} ({session.role})</span>
      <button type="button" class="quiet" onClick={() => {
        signOut().catch(failed);
      }}>Sign out</button>
    </span>
  );
}

function ViewerNote(): JSX.Element | null {
  const session = useSession();
  return session?.role !== 'viewer' ? null : (
    <p class="note banner">
      You are signed in as a viewer: you may look at everything but bodies, and change nothing.
    </p>
  );
}

// What the node runs with, and taking a changed file up.
import type { JSX } from 'preact';

import { getConfig, reloadConfig } from '../api/operations';
import type { Config } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { feed } from '../live/live';
import { toDestination } from '../logic/router';
import { memberValue, memberWords } from '../logic/search';
import { ActionButton, Empty, Facts, LoadState, Panel, Time } from '../parts/basics';
import { ask } from '../parts/dialog';
import { told } from '../parts/toasts';

export function ConfigPage(): JSX.Element {
  useTitle('Configuration');
  const load = useLoad('config', getConfig);
  const config = load.data;
  return (
    <>
      <header class="page">
        <h1>Configuration</h1>
        <div class="buttons">
          <ActionButton onClick={() => askToReload(config, load.reload)}>Reload …</ActionButton>
        </div>
      </header>
      <LoadState what="the configuration" load={load} />
      {config !== null && <Shown config={config} />}
    </>
  );
}

function askToReload(config: Config | null, reload: () => void): void {
  ask({
    title: 'Reload the configuration?',
    body: (
      <p>
        The node reads {config?.file ?? 'its file'} again. If there is a mistake in it, nothing
        changes, and you are told where it is.
      </p>
    ),
    confirm: 'Reload',
    act: async () => {
      const { needs_restart: waiting } = await reloadConfig();
      reload();
      feed.refresh();
      told(waiting.length === 0 ? 'The configuration was taken up.'
        : `The configuration was taken up, but for what needs a restart: ${waiting.join(', ')}.`);
    },
  });
}

function Shown({ config }: { config: Config }): JSX.Element {
  const last = config.last_reload;
  return (
    <>
      {last !== null && !last.ok && (
        <p class="verdict bad" role="alert">
          The last reload, at <Time at={last.at} />, was refused: {last.error ?? 'see the log'}. The
          node goes on with what it had.
        </p>
      )}
      {last !== null && last.needs_restart.length > 0 && (
        <p class="verdict warn" role="status">
          Changed in the file, and in use only after a restart: {last.needs_restart.join(', ')}.
        </p>
      )}
      <Facts items={[
        ['File', <code key="f">{config.file ?? 'none'}</code>],
        ['Loaded', <Time key="l" at={config.loaded_at} />],
        ['Last reload', last === null ? 'none since the start'
          : <><Time at={last.at} />, {last.ok ? 'taken up' : 'refused'}</>],
      ]} />
      <Section title="Sources" entries={config.sources} />
      <Section title="Routes" entries={config.routes} />
      <Section title="Destinations" entries={config.destinations} linked />
    </>
  );
}

function Section(
  { title, entries, linked }: {
    title: string;
    entries: Record<string, unknown>[];
    linked?: boolean;
  },
): JSX.Element {
  const members = [...new Set(entries.flatMap((entry) => Object.keys(entry)))]
    .filter((member) => member !== 'name');
  return (
    <Panel title={title}>
      {entries.length === 0 ? <Empty>None.</Empty> : (
        <div class="table-scroll" role="group" aria-label={title} tabIndex={0}>
          <table class="config">
            <thead>
              <tr>
                <th scope="col">Name</th>
                {members.map((member) => (
                  <th key={member} scope="col">{memberWords(member)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => {
                const name = String(entry['name']);
                return (
                  <tr key={name}>
                    <td>{linked ? <a href={toDestination(name)}>{name}</a> : <b>{name}</b>}</td>
                    {members.map((member) => (
                      <td key={member} title={memberValue(member, entry[member])}>
                        {memberValue(member, entry[member])}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

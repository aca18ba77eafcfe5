// The nodes of a cluster, on the overview; nothing where a node is alone.
import type { JSX } from 'preact';

import { forgetNode, getNodes } from '../api/operations';
import type { Node } from '../api/types';
import { useLoad } from '../hooks';
import { count, duration, plural } from '../logic/format';
import { ActionButton, Panel } from '../parts/basics';
import { ask } from '../parts/dialog';
import { Table, type Column } from '../parts/table';
import { told } from '../parts/toasts';

const RENEW_MS = 10_000;

export function Nodes(): JSX.Element | null {
  const nodes = useLoad('nodes', getNodes, RENEW_MS);
  if (nodes.data === null || nodes.data.length === 0) {
    return null;
  }
  return (
    <Panel title="Nodes">
      <Table label="Nodes of the cluster" size="whole" rows={nodes.data}
        columns={columns(nodes.reload)} keyOf={(node) => node.tag}
        rowClass={(node) => node.state === 'alive' ? '' : 'row-late'} />
    </Panel>
  );
}

function nameOf(node: Node): string {
  return node.name === '' ? node.tag : node.name;
}

function askToForget(node: Node, reload: () => void): void {
  const name = nameOf(node);
  ask({
    title: `Forget ${name}?`,
    body: (
      <p>
        All nodes leave it out from then on: it is listed no more, and not asked. What it had
        accepted with ack: replicated was taken over by {node.adopted_by}. Of the
        {' '}{plural(node.pending, 'delivery', 'deliveries')} pending in its books, as it last said,
        the others are on its own disk. It is there again when it gives a sign.
      </p>
    ),
    confirm: 'Forget it',
    danger: true,
    act: async () => {
      await forgetNode(node.tag);
      reload();
      told(`${name} is forgotten.`);
    },
  });
}

const columns = (reload: () => void): Column<Node>[] => [
  {
    id: 'name',
    head: 'Node',
    cell: (node) => node.this_node || node.admin === null
      ? <b>{nameOf(node)}{node.this_node ? ' (this one)' : ''}</b>
      : <a class="strong" href={node.admin}>{nameOf(node)}</a>,
  },
  {
    id: 'state',
    head: 'State',
    cell: (node) => (
      <span class={`badge level-${node.state === 'alive' ? 'well' : 'late'}`}>
        {node.state}{node.adopted_by === null ? '' : ` by ${node.adopted_by}`}
      </span>
    ),
  },
  {
    id: 'heard',
    head: 'Heard',
    narrow: 'hide',
    cell: (node) => node.heard_seconds_ago === null ? 'not yet'
      : `${duration(node.heard_seconds_ago)} ago`,
  },
  {
    id: 'accepted', head: 'Accepted', kind: 'number', narrow: 'hide',
    cell: (node) => count(node.accepted),
  },
  { id: 'pending', head: 'Pending', kind: 'number', cell: (node) => count(node.pending) },
  {
    id: 'dead', head: 'Dead', kind: 'number', narrow: 'hide', cell: (node) => count(node.dead),
  },
  {
    id: 'forget',
    head: <span class="unseen">Forget</span>,
    width: '7rem',
    cell: (node) => node.state !== 'adopted' ? '' : (
      <ActionButton label={`Forget ${nameOf(node)}`} onClick={() => askToForget(node, reload)}>
        Forget …
      </ActionButton>
    ),
  },
];

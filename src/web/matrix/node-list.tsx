import type { NodeStatus } from '../../api/index.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { nodeCalled } from './node-name.tsx';

export function NodeList({ nodes }: { readonly nodes: readonly NodeStatus[] }) {
  const messages = useMessages();
  const { matrix: words } = messages;
  const { bytes } = useFormats();
  return (
    <ul className="nodes" aria-label={words.nodesTitle}>
      {nodes.map(({ id, label, failureDomain, isOnline, freeBytes, totalBytes }) => (
        <li key={id} className={`node ${isOnline ? '' : 'node-away'}`}>
          <span className="node-label">{nodeCalled(messages, label)}</span>
          <span className="node-state">
            <Icon name={isOnline ? 'check' : 'warning'} />
            {isOnline ? words.online : words.away}
          </span>
          <span className="node-facts" title={failureDomain}>
            {freeBytes === undefined
              ? failureDomain
              : totalBytes === undefined
                ? words.free(bytes(freeBytes))
                : words.freeOf(bytes(freeBytes), bytes(totalBytes))}
          </span>
          {freeBytes !== undefined && totalBytes !== undefined && (
            <span className="bar" aria-hidden="true">
              <span className="bar-done" style={{ inlineSize: `${100 * (1 - freeBytes / totalBytes)}%` }} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

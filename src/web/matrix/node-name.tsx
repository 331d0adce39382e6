import type { Messages } from '../messages/en.ts';
import { useMessages } from '../messages/use-messages.ts';

/** In the listener's language: the server calls a node by its place alone, "node 3". */
export function nodeCalled({ matrix: words }: Messages, label: string | undefined): string {
  if (label === undefined) return words.unknownNode;
  const place = placeOf(label);
  return place === undefined ? label : `${words.nodeWord} ${place}`;
}

/** A node over its column. Where that is narrow, its number alone is seen, and both are read out. */
export function NodeName({ label }: { readonly label: string | undefined }) {
  const messages = useMessages();
  const place = label === undefined ? undefined : placeOf(label);
  const name = nodeCalled(messages, label);
  return (
    <span className="node-name" title={name}>
      {place === undefined ? (
        name
      ) : (
        <>
          <span className="node-name-word">{messages.matrix.nodeWord} </span>
          {place}
        </>
      )}
    </span>
  );
}

function placeOf(label: string): string | undefined {
  return /^node (\d+)$/.exec(label)?.[1];
}

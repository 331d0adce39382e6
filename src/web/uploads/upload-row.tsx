import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { Messages } from '../messages/en.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import type { UploadItem } from './upload-item.ts';
import { uploads } from './uploads.ts';

/** Thousands of them may be listed, and one changes. */
export const UploadRow = memo(({ item }: { readonly item: UploadItem }) => {
  const { uploads: words } = useMessages();
  const { bytes, percent } = useFormats();
  const { name, lengthBytes, receivedBytes, outcome } = item;
  const isUnderWay = outcome === undefined;
  return (
    <li className="upload" data-state={outcome?.kind ?? item.state}>
      <Icon name={iconOf(item)} />
      <div className="upload-text">
        <span className="upload-name" dir="auto">
          {name}
        </span>
        <span className="setting-hint">
          {isUnderWay && receivedBytes < lengthBytes
            ? `${percent(receivedBytes / lengthBytes)} · ${bytes(lengthBytes)} · `
            : ''}
          <State item={item} />
        </span>
        {isUnderWay && (
          <progress
            className="bar"
            aria-label={words.progress(name)}
            max={lengthBytes}
            value={receivedBytes}
          />
        )}
      </div>
      <Actions item={item} />
    </li>
  );
});

function State({ item: { state, outcome, reason } }: { readonly item: UploadItem }) {
  const { uploads: words } = useMessages();
  if (outcome?.kind === 'refused') return `${words.refused}: ${outcome.reason}`;
  if (outcome) {
    const { albumId, title } = outcome;
    return (
      <>
        {words[outcome.kind]}
        {albumId !== undefined && title !== undefined && (
          <>
            {': '}
            <Link to="/albums/$albumId" params={{ albumId }} dir="auto">
              {title}
            </Link>
          </>
        )}
      </>
    );
  }
  if (state === 'held-up') return reason ?? words.states[state];
  if (state === 'failed' || state === 'importing') return whyOf(words, state, reason);
  return words.states[state];
}

function whyOf(
  words: Messages['uploads'],
  state: 'failed' | 'importing',
  reason: string | undefined,
): string {
  if (reason === undefined) return words.states[state];
  return `${words.states[state]}: ${reason === 'file-changed' ? words.fileChanged : reason}`;
}

function Actions({ item: { id, name, state } }: { readonly item: UploadItem }) {
  const { uploads: words } = useMessages();
  const action = (label: string, icon: IconName, run: () => void) => (
    <button
      type="button"
      className="icon-button"
      aria-label={words.of(label, name)}
      title={label}
      onClick={run}
    >
      <Icon name={icon} />
    </button>
  );
  if (state === 'done') return null;
  const isMoving = state === 'waiting' || state === 'sending' || state === 'held-up';
  return (
    <div className="upload-actions">
      {isMoving && action(words.pause, 'pause', () => uploads.pause(id))}
      {state === 'paused' && action(words.resume, 'play', () => uploads.resume(id))}
      {state === 'failed' && action(words.retry, 'repeat', () => uploads.resume(id))}
      {action(words.cancel, 'close', () => uploads.cancel(id))}
    </div>
  );
}

function iconOf({ outcome, state }: UploadItem): IconName {
  if (outcome?.kind === 'refused' || state === 'failed') return 'warning';
  if (outcome) return 'check';
  return state === 'importing' ? 'shield' : 'upload';
}

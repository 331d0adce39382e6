import { useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from './dialog-frame.tsx';

/** Every key that does something. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const { shortcuts: words } = useMessages();
  const general = [
    [words.playPause, words.space],
    [words.seek, '← →'],
    [words.skip, '⇧ ← →'],
    [words.volume, '⇧ ↑ ↓'],
    [words.mute, 'M'],
    [words.like, 'L'],
    [words.shuffle, 'S'],
    [words.repeat, 'R'],
    [words.search, '/'],
    [words.undo, 'Ctrl Z'],
    [words.help, '?'],
  ] as const;
  const lists = [
    [words.move, '↑ ↓'],
    [words.playRow, '↵'],
    [words.select, `Ctrl ${words.space} · ⇧ ↑ ↓ · Ctrl A`],
    [words.menu, '⇧ F10'],
  ] as const;
  return (
    <DialogFrame title={words.title} onClose={onClose}>
      <KeyTable rows={general} />
      <h3 className="disc-title">{words.lists}</h3>
      <KeyTable rows={lists} />
    </DialogFrame>
  );
}

function KeyTable({ rows }: { readonly rows: readonly (readonly [action: string, keys: string])[] }) {
  return (
    <dl className="keys">
      {rows.map(([action, keys]) => (
        <div key={action} className="keys-row">
          <dt>{action}</dt>
          <dd>
            <kbd>{keys}</kbd>
          </dd>
        </div>
      ))}
    </dl>
  );
}

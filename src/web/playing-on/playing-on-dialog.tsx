import { useFormats, useMessages } from '../messages/use-messages.ts';
import { DialogFrame } from '../overlays/dialog-frame.tsx';
import { DeedList } from './deed-list.tsx';
import { DeviceList } from './device-list.tsx';
import { SessionList } from './session-list.tsx';
import { SideDeckList } from './side-deck-list.tsx';
import { SleepTimer } from './sleep-timer.tsx';
import { useSession } from './use-session.ts';

/** Where the music plays, in which session, until when, and who had a hand in it. */
export function PlayingOnDialog({ onClose }: { readonly onClose: () => void }) {
  const { sessions: words } = useMessages();
  const { number } = useFormats();
  const here = useSession();
  if (!here) return null;
  const { client } = here;
  const { isOnline, waitingCount } = client;
  return (
    <DialogFrame title={words.choose} onClose={onClose}>
      {!isOnline && (
        <p className="dialog-text" role="status">
          {words.offline} {waitingCount > 0 && words.waiting(number(waitingCount))}
        </p>
      )}
      <DeviceList here={here} />
      <SideDeckList here={here} />
      <SleepTimer client={client} />
      {isOnline && <SessionList client={client} />}
      <DeedList client={client} />
    </DialogFrame>
  );
}

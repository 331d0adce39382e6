import { unreachable } from '../../core/index.ts';
import type { EngineFault } from '../engine/port.ts';
import type { Messages } from '../messages/en.ts';
import { useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { useNames } from '../parts/names.ts';
import { usePlayerState } from '../player/use-player.ts';
import { useOnline } from './use-online.ts';

/** Why there is no sound, while there should be. */
export function FaultNotice() {
  const { faults, player: words } = useMessages();
  const names = useNames();
  const fault = usePlayerState((state) => state.fault);
  const hasFailed = usePlayerState((state) => state.engine === 'failed');
  const items = usePlayerState(({ queue }) => queue.items);
  const isOnline = useOnline();

  const track = fault && items.find((item) => item.track.id === fault.trackId)?.track;
  const text = fault
    ? wordFault(faults, fault, names.title(track ?? { title: '' }))
    : hasFailed
      ? words.engineFailed
      : isOnline
        ? ''
        : faults.noConnection;
  return (
    <div className="fault" role="status">
      {text && (
        <span className="fault-text">
          <Icon name="warning" />
          {text}
        </span>
      )}
    </div>
  );
}

function wordFault(faults: Messages['faults'], { kind }: EngineFault, title: string): string {
  switch (kind) {
    case 'offline':
      return faults.offline;
    case 'not-allowed':
      return faults.notAllowed;
    case 'damaged':
      return faults.damaged(title);
    case 'unsupported':
      return faults.unsupported(title);
    case 'preparing':
      return faults.preparing(title);
    case 'not-found':
      return faults.notFound(title);
    default:
      return unreachable(kind);
  }
}

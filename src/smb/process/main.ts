/**
 * The process of one connection to a share. Samba's library blocks while it waits, and one process can stand only one
 * connection of it: so this process does nothing else, answers one call after the other, and ends with its parent. It
 * learns the password over its socket.
 */
import type { LibraryHandle } from 'koffi';
import { PIECE_BYTES, type SmbAnswer, type SmbCall } from '../calls.ts';
import { SmbFault } from '../fault.ts';
import { connect } from './context.ts';
import { BlockingFrames } from './frames.ts';
import { loadLibrary } from './library.ts';
import { type Performed, Session } from './session.ts';
import { isKnownMachine } from './stats.ts';

// A terminal sends Ctrl-C to the whole group: the parent says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

const NOTHING = new Uint8Array(0);
const frames = new BlockingFrames(PIECE_BYTES);
let handle: LibraryHandle | undefined;
let session: Session | undefined;

function perform(call: SmbCall, bytes: Uint8Array): Performed {
  switch (call.kind) {
    case 'start':
      handle = isKnownMachine ? loadLibrary() : undefined;
      if (!handle) throw new SmbFault('no-library');
      return {};
    case 'connect':
      if (!handle) throw new SmbFault('no-library');
      session = new Session(call.address, connect(handle, call.address, call.credentials));
      return {};
    case 'watch':
      if (!session) throw new SmbFault('away');
      return session.watch(call.path, (news) => frames.write({ news } satisfies SmbAnswer, NOTHING));
    default:
      if (!session) throw new SmbFault('away');
      return session.perform(call, bytes);
  }
}

function answer(call: SmbCall, bytes: Uint8Array): void {
  try {
    const { value, bytes: found = NOTHING } = perform(call, bytes);
    frames.write({ value } satisfies SmbAnswer, found);
  } catch (error) {
    if (!(error instanceof SmbFault)) throw error;
    frames.write({ fault: error.kind, errno: error.errno } satisfies SmbAnswer, NOTHING);
  }
}

for (;;) {
  const frame = frames.read();
  if (!frame) break;
  answer(frame.message as SmbCall, frame.bytes);
}
process.exit();

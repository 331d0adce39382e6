import type { Socket } from 'node:net';
import { ClefError } from '../../core/index.ts';
import { MAX_LINE_BYTES } from './protocol.ts';

/** Whole lines as they come; a line over the limit ends the connection. */
export async function* linesOf(socket: Socket): AsyncGenerator<string> {
  socket.setEncoding('utf8');
  let pending = '';
  for await (const piece of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    pending += piece;
    let end = pending.indexOf('\n');
    while (end >= 0) {
      yield pending.slice(0, end);
      pending = pending.slice(end + 1);
      end = pending.indexOf('\n');
    }
    if (pending.length > MAX_LINE_BYTES)
      throw new ClefError('bad-request', 'a line on the control socket is too long');
  }
}

/** Resolves when the kernel has taken the line, so that a slow reader slows the writer. */
export function sendLine(socket: Socket, value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(`${JSON.stringify(value)}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

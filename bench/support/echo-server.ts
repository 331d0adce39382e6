// The reference of the bench `fanout`: bare `ws`, which passes each message on to everyone who came with the same ticket,
// and keeps nothing. Writes the port that it listens on; the argument is how long its messages are.
import { once } from 'node:events';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';

const TEXT = { binary: false, compress: false } as const;

interface Group {
  readonly members: Set<WebSocket>;
  seq: number;
}

type Said = { readonly type: string; readonly ticket: string; readonly cmdId: string };

const lengthBytes = Number(process.argv[2]);
const groups = new Map<string, Group>();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4_096 });

server.on('connection', (socket) => {
  let group: Group | undefined;
  socket.on('message', (data: RawData) => {
    const said = JSON.parse(Buffer.isBuffer(data) ? data.toString() : '{}') as Said;
    if (said.type === 'hello') {
      group = groups.get(said.ticket) ?? { members: new Set(), seq: 0 };
      groups.set(said.ticket, group);
      group.members.add(socket);
      socket.send(textOf(group.seq), TEXT);
    } else if (said.type === 'command' && group) {
      const text = textOf(++group.seq, said.cmdId);
      for (const member of group.members) member.send(text, TEXT);
    }
  });
  socket.on('close', () => group?.members.delete(socket));
});

/** As long as a state of Clef's, and as easy to read. */
function textOf(seq: number, cmdId?: string): Buffer {
  const message = { type: 'state', seq, filling: '', ...(cmdId !== undefined && { cmdId }) };
  const missing = Math.max(0, lengthBytes - JSON.stringify(message).length);
  return Buffer.from(JSON.stringify({ ...message, filling: '-'.repeat(missing) }));
}

await once(server, 'listening');
const address = server.address();
if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);

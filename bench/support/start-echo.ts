import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WITH_MANY_FILES } from './generate-load.ts';

const SERVER = fileURLToPath(new URL('./echo-server.ts', import.meta.url));

export interface EchoServer extends AsyncDisposable {
  readonly port: number;
}

/** The bare server beside which Clef's fan-out is measured, in a process of its own. */
export async function startEcho(messageBytes: number): Promise<EchoServer> {
  const [command, ...rest] = [...WITH_MANY_FILES, process.execPath, SERVER, String(messageBytes)];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [unknown];
  if (!Buffer.isBuffer(line)) throw new Error('the echo server did not start');
  return {
    port: Number(line.toString()),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

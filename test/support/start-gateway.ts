import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { clefBinary, clefEnvironment, freePort } from './clef-process.ts';
import { keepLog } from './kept-logs.ts';
import { waitFor } from './wait-for.ts';

export interface GatewayOptions {
  /** For `CLEF_NATS`. */
  readonly nats: string;
  /** What `clef keys gateway` printed. */
  readonly key: string;
  readonly port?: number;
}

export interface RunningGateway extends AsyncDisposable {
  readonly baseUrl: string;
  readonly log: () => string;
  /** Answers the status that the process ended with. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** `clef gateway` on a port of loopback. */
export async function startGateway({ nats, key, port }: GatewayOptions): Promise<RunningGateway> {
  const listen = `127.0.0.1:${port ?? (await freePort())}`;
  const settings = { CLEF_NATS: nats, CLEF_GATEWAY_KEY: key, CLEF_LISTEN: listen };
  const child = spawn(clefBinary, ['gateway'], {
    env: clefEnvironment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (log += text));
  keepLog('gateway', child.stdout, child.stderr);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const baseUrl = `http://${listen}`;
  try {
    await waitFor('a gateway to be ready', async () => {
      if (child.exitCode !== null) throw new Error(`clef gateway ended:\n${log}`);
      const answer = await fetch(`${baseUrl}/readyz`).catch(() => undefined);
      return answer?.ok || undefined;
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return (await ended)[0];
  };
  return {
    baseUrl,
    log: () => log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL');
    },
  };
}

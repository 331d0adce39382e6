import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PLAYER = 'org.mpris.MediaPlayer2.Player';

/** What the system shows of a player (MPRIS 2.2, https://specifications.freedesktop.org/mpris/latest/). */
export interface SystemDisplay {
  readonly status: string;
  readonly title: string;
  readonly album: string;
  readonly artist: string;
  readonly seconds: number;
}

/**
 * A desktop's session bus of its own. Chromium on it offers what plays to the desktop, whose media keys arrive by the
 * same way: what is pressed here is what a keyboard would press.
 */
export interface SessionBus extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;
  press(key: 'PlayPause' | 'Next' | 'Previous'): Promise<void>;
  display(): Promise<SystemDisplay>;
}

export async function startSessionBus(): Promise<SessionBus> {
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(daemon, 'close');
  const [address] = (await once(daemon.stdout.setEncoding('utf8'), 'data')) as [string];
  const environment = { DBUS_SESSION_BUS_ADDRESS: address.trim() };

  async function send(to: string, path: string, ...message: string[]): Promise<string> {
    const args = ['--session', '--print-reply', `--dest=${to}`, path, ...message];
    const { stdout } = await run('dbus-send', args, { env: { ...process.env, ...environment } });
    return stdout;
  }
  async function player(): Promise<string> {
    const names = await send('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.ListNames');
    const [found] = /org\.mpris\.MediaPlayer2\.chromium[.\w]*/.exec(names) ?? [];
    if (found === undefined) throw new Error('no player offers itself to the desktop');
    return found;
  }

  return {
    environment,
    async press(key) {
      await send(await player(), '/org/mpris/MediaPlayer2', `${PLAYER}.${key}`);
    },
    async display() {
      const get = 'org.freedesktop.DBus.Properties.GetAll';
      const text = await send(await player(), '/org/mpris/MediaPlayer2', get, `string:${PLAYER}`);
      const value = (name: string) =>
        new RegExp(`"${name}"\\s+variant\\s+(?:array \\[\\s+)?\\w+ "?([^"\\n]*)`).exec(text)?.[1] ?? '';
      return {
        status: value('PlaybackStatus'),
        title: value('xesam:title'),
        album: value('xesam:album'),
        artist: value('xesam:artist'),
        seconds: Number(value('Position')) / 1e6,
      };
    },
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await exited;
    },
  };
}

import type { RequestEvent } from './worker-scope.ts';

/** What the build made, for the page to open without a server. */
export interface BuiltShell {
  /** Another one for each change of a file. */
  readonly version: string;
  readonly files: readonly ShellFile[];
}

export interface ShellFile {
  /** Below the path that Clef is served under. */
  readonly name: string;
  /** Subresource Integrity; absent for the page, into which the server writes its path. */
  readonly integrity?: string;
}

/** A server that takes longer counts as away: what is kept can play meanwhile. */
const LATE_MS = 3_000;
/** Addresses that are no pages. What they answer is the server's alone to give, or is kept elsewhere as ciphertext. */
const NO_PAGE = /^(?:api|rest|c|v)\//;
const HASHED = 'assets/';

export interface Shell {
  /** Fetches every file of this version; rejects where one is not what was built. */
  install(): Promise<void>;
  /** Pages of the version before may be open, and load parts of it yet. */
  removeOlder(): Promise<void>;
  /** Undefined for what is not of the shell: the browser asks as if nobody stood between. */
  answer(event: RequestEvent): Promise<Response> | undefined;
}

export function createShell(scope: string, { version, files }: BuiltShell): Shell {
  const prefix = `clef shell ${new URL(scope).pathname} `;
  const own = prefix + version;
  const names = new Set(files.map(({ name }) => name));

  async function othersOldestFirst(): Promise<string[]> {
    return (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== own);
  }

  async function cached(address: string): Promise<Response | undefined> {
    for (const name of [own, ...(await othersOldestFirst()).toReversed()]) {
      // A copy serves whatever encodings the next request would take.
      const found = await (await caches.open(name)).match(address, { ignoreVary: true });
      if (found) return found;
    }
    return undefined;
  }

  /** The server's own where it answers: a page is never older than the server it talks to. */
  async function page(event: RequestEvent): Promise<Response> {
    const asked = (event.preloadResponse ?? Promise.resolve(undefined)).then(
      (preloaded) => preloaded ?? fetch(event.request),
    );
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, LATE_MS));
    const answer = await Promise.race([asked.catch(() => undefined), late]);
    // A proxy whose server is away answers too.
    if (answer && answer.status < 500) return answer;
    return (await cached(scope)) ?? asked;
  }

  return {
    async install() {
      const cache = await caches.open(own);
      // One after the other: music that plays meanwhile needs the line.
      for (const { name, integrity } of files) {
        const address = scope + name;
        const response = await fetch(address, { cache: 'no-cache', ...(integrity && { integrity }) });
        if (!response.ok) throw new Error(`the shell's ${name} is answered with ${response.status}`);
        await cache.put(address, response);
      }
    },

    async removeOlder() {
      const others = await othersOldestFirst();
      await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
    },

    answer(event) {
      const { method, mode, url } = event.request;
      if (method !== 'GET' || !url.startsWith(scope)) return undefined;
      const name = url.slice(scope.length).replace(/[?#].*$/, '');
      if (mode === 'navigate') return NO_PAGE.test(name) ? undefined : page(event);
      if (name === '' || !(names.has(name) || name.startsWith(HASHED))) return undefined;
      return cached(scope + name).then((found) => found ?? fetch(event.request));
    },
  };
}

import type { Browser, BrowserContext } from 'playwright-core';

const browsers = new Map<string, Promise<Browser>>();

/**
 * A browser that outlives the test, for the next one that wants the same: a launch takes two and a half seconds of a
 * processor. Contexts share nothing; those made through the lease are what it closes, and all that it shows.
 */
export async function leaseBrowser(kind: string, launch: () => Promise<Browser>): Promise<Browser> {
  let browser = await browsers.get(kind);
  if (browser?.isConnected() !== true) {
    const launching = launch();
    browsers.set(kind, launching);
    browser = await launching;
  }
  return leaseOf(browser);
}

function leaseOf(browser: Browser): Browser {
  const contexts = new Set<BrowserContext>();
  const kept = (context: BrowserContext): void => {
    contexts.add(context);
    context.once('close', () => contexts.delete(context));
  };
  const close = async (): Promise<void> => {
    await Promise.all(Array.from(contexts, (context) => context.close()));
  };
  const own: Partial<Browser> = {
    async newContext(options) {
      const context = await browser.newContext(options);
      kept(context);
      return context;
    },
    async newPage(options) {
      const page = await browser.newPage(options);
      kept(page.context());
      return page;
    },
    contexts: () => [...contexts],
    close,
    [Symbol.asyncDispose]: close,
  };
  return new Proxy(browser, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name) as unknown;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

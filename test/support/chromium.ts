import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import type { TestContext } from 'vitest';
import { fileOfPackage } from './debian.ts';
import { leaseBrowser } from './shared-browser.ts';

/**
 * Each window loads two pages of the address bar's, which nobody sees: half of what a browser costs to start. This
 * flag stands in place of Playwright's own, so that what matters of that is named again.
 */
const FEATURES_OFF = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AimEnabled',
  'GlobalMediaControls',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'Translate',
];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${FEATURES_OFF.join(',')}`,
];

interface ChromiumOptions {
  /** Sound reaches the machine's output. */
  readonly loud?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Shared with no other test: sound that is judged to the sample falters where pages of others came and went. */
  readonly isOwn?: boolean;
}

/** Debian's Chromium, headless. Most tests share one, of which each sees its own pages. */
export async function launchChromium(
  context: Pick<TestContext, 'skip'>,
  options: ChromiumOptions = {},
): Promise<Browser> {
  const executablePath = fileOfPackage('chromium', '/usr/bin/chromium', context);
  if (process.env['VITEST'] === undefined || options.environment || options.isOwn)
    return launch(executablePath, options);
  return leaseBrowser(JSON.stringify(options), () => launch(executablePath, options));
}

function launch(executablePath: string, options: ChromiumOptions): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [...FLAGS, ...(options.flags ?? [])],
    ...(options.loud ? { ignoreDefaultArgs: ['--mute-audio'] } : {}),
    env: { ...process.env, ...options.environment },
  });
}

/** The same with a profile folder, in which it keeps what it would keep for a person. */
export function launchProfile(context: Pick<TestContext, 'skip'>, folder: string): Promise<BrowserContext> {
  const executablePath = fileOfPackage('chromium', '/usr/bin/chromium', context);
  return chromium.launchPersistentContext(folder, { executablePath, args: FLAGS });
}

/** One script and a page that loads it, on loopback: a secure context, as WebCrypto demands. */
export async function servePage(script: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/script.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

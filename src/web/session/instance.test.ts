import { expect, test } from 'vitest';
import { newShelf } from '../../../test/support/shelf.ts';
import { claimInstance, type InstanceParts, newInstanceId } from './instance.ts';

/** The locks of one browser; `release` is what the end of a page does. */
function newLocks() {
  const held = new Set<string>();
  const request = ((name: string, _: LockOptions, use: (lock: unknown) => unknown) => {
    if (held.has(name)) return Promise.resolve(use(null));
    held.add(name);
    return Promise.resolve(use({ name }));
  }) as unknown as LockManager['request'];
  return { request, release: (name: string) => held.delete(name) };
}

function newBrowser() {
  const locks = newLocks();
  let count = 0;
  const shared = { lasting: newShelf(), locks, scope: 'clef', newId: () => String(++count).padEnd(16, '-') };
  return {
    locks,
    openTab: (ofTab = newShelf(), change: Partial<InstanceParts> = {}) =>
      claimInstance({ ...shared, ofTab, ...change }),
  };
}

test('a page has a name that no other open page has, also one that was copied with its storage', async () => {
  const browser = newBrowser();
  const tab = newShelf();
  const one = await browser.openTab(tab);
  const copy = await browser.openTab(tab);
  expect(copy.instanceId).not.toBe(one.instanceId);
});

test('a page that is loaded anew has its name and counts on', async () => {
  const browser = newBrowser();
  const tab = newShelf();
  const before = await browser.openTab(tab);
  before.nextNumber();
  before.nextNumber();
  browser.locks.release(`clef ${before.instanceId}`);
  const other = await browser.openTab(newShelf(), { lasting: newShelf() });
  expect(other.instanceId).not.toBe(before.instanceId);
  const after = await browser.openTab(tab);
  expect(after.instanceId).toBe(before.instanceId);
  expect(after.nextNumber()).toBe(3);
});

test('a new page takes the name of one that is gone, and with it what that one left', async () => {
  const browser = newBrowser();
  const gone = await browser.openTab();
  gone.nextNumber();
  browser.locks.release(`clef ${gone.instanceId}`);
  const next = await browser.openTab();
  expect(next.instanceId).toBe(gone.instanceId);
  expect(next.nextNumber()).toBe(2);
});

test('where a browser has no locks, every page is a new one', async () => {
  const browser = newBrowser();
  const tab = newShelf();
  const one = await browser.openTab(tab, { locks: undefined });
  const other = await browser.openTab(tab, { locks: undefined });
  expect(other.instanceId).not.toBe(one.instanceId);
});

test('a name is 96 bits by chance', () => {
  expect(newInstanceId()).toMatch(/^[A-Za-z0-9_-]{16}$/);
  expect(newInstanceId()).not.toBe(newInstanceId());
});

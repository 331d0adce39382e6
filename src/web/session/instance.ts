/** Who gives commands here, and how many it has given. */
export interface Instance {
  readonly instanceId: string;
  nextNumber(): number;
}

export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface InstanceParts {
  /** Outlives the window: names, and the numbers of their newest commands. */
  readonly lasting: Shelf;
  /** Of this tab: it comes back to its name with a reload. */
  readonly ofTab: Shelf;
  /** Absent where the browser has none: then every page is a new instance. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
  readonly newId: () => string;
  /** Told apart from other servers and accounts of this browser. */
  readonly scope: string;
}

/** Names that are kept: as many pages may be open, or have been left with something unsaid. */
const MOST_NAMES = 16;
const ID = /^[A-Za-z0-9_-]{16}$/;

/** 96 random bits, base64url. */
export function newInstanceId(): string {
  return crypto.getRandomValues(new Uint8Array(12)).toBase64({ alphabet: 'base64url' });
}

/**
 * A name for this page that no other open page has: the one from before a reload, else one that a page had which is gone, so
 * that what it could not send any more is sent after all, else a new one. It is held until the page is gone.
 */
export async function claimInstance(parts: InstanceParts): Promise<Instance> {
  const { lasting, ofTab, locks, newId, scope } = parts;
  const listKey = `${scope} instances`;
  const mine = ofTab.getItem(listKey);
  const known = (lasting.getItem(listKey) ?? '').split(' ').filter((id) => ID.test(id));
  const candidates = locks ? [...(mine !== null && ID.test(mine) ? [mine] : []), ...known] : [];
  let instanceId: string | undefined;
  for (const id of new Set(candidates)) {
    if (locks && (await hold(locks, `${scope} ${id}`))) {
      instanceId = id;
      break;
    }
  }
  if (instanceId === undefined) {
    instanceId = newId();
    if (locks) await hold(locks, `${scope} ${instanceId}`);
  }
  const numberKey = `${scope} ${instanceId} number`;
  const names = [instanceId, ...known.filter((id) => id !== instanceId)];
  for (const id of names.slice(MOST_NAMES)) lasting.removeItem(`${scope} ${id} number`);
  write(lasting, listKey, names.slice(0, MOST_NAMES).join(' '));
  write(ofTab, listKey, instanceId);
  let number = Number(lasting.getItem(numberKey) ?? 0) || 0;
  return {
    instanceId,
    nextNumber() {
      number += 1;
      write(lasting, numberKey, String(number));
      return number;
    },
  };
}

/** True where nobody had it. It is held for as long as the page is there. */
function hold(locks: Pick<LockManager, 'request'>, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise<never>(() => undefined) : undefined;
      })
      .catch(() => resolve(false));
  });
}

/** A storage that is full or forbidden costs what a reload would have found. */
function write(shelf: Shelf, key: string, value: string): void {
  try {
    shelf.setItem(key, value);
  } catch {
    // As it is without a storage.
  }
}

/** What one account keeps in this browser. Stores are made once; a later version adds to them. */
const VERSION = 1;
const STORES = ['keys', 'kept-tracks', 'kept-lists'] as const;
export type StoreName = (typeof STORES)[number];

export interface DeviceDatabase extends Disposable {
  get<Value>(store: StoreName, key: string): Promise<Value | undefined>;
  all<Value>(store: StoreName): Promise<Value[]>;
  put(store: StoreName, key: string, value: unknown): Promise<void>;
  delete(store: StoreName, key: string): Promise<void>;
}

/** One an account, and a path that Clef is served under: several may share a browser, and a host. */
export function databaseName(basePath: string, accountId: string): string {
  return `clef ${basePath} ${accountId}`;
}

export async function openDeviceDatabase(name: string): Promise<DeviceDatabase> {
  const opening = indexedDB.open(name, VERSION);
  opening.addEventListener('upgradeneeded', () => {
    for (const store of STORES) opening.result.createObjectStore(store);
  });
  const database = await outcome(opening);
  // Another tab, of a newer release, wants to change the stores.
  database.addEventListener('versionchange', () => database.close());

  /** Ends when the change is on disk. */
  async function change(store: StoreName, act: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const transaction = database.transaction(store, 'readwrite');
    const done = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error as Error));
    });
    act(transaction.objectStore(store));
    await done;
  }

  return {
    get: (store, key) => outcome(database.transaction(store).objectStore(store).get(key)),
    all: (store) => outcome(database.transaction(store).objectStore(store).getAll()),
    put: (store, key, value) => change(store, (objects) => objects.put(value, key)),
    delete: (store, key) => change(store, (objects) => objects.delete(key)),
    [Symbol.dispose]: () => database.close(),
  };
}

function outcome<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error as Error));
  });
}

export interface SharedTasks<Key, Value> {
  /** Joins what runs for this key, or begins it. It is cancelled when nobody waits for it any more. */
  join(key: Key, signal: AbortSignal): Promise<Value>;
}

interface Running<Value> {
  readonly promise: Promise<Value>;
  readonly controller: AbortController;
  waiting: number;
}

export function createSharedTasks<Key, Value>(
  run: (key: Key, signal: AbortSignal) => Promise<Value>,
): SharedTasks<Key, Value> {
  const running = new Map<Key, Running<Value>>();

  function leave(key: Key, task: Running<Value>): void {
    if (--task.waiting > 0) return;
    // Whoever comes next begins anew, also while this one is still being cancelled.
    if (running.get(key) === task) running.delete(key);
    task.controller.abort();
  }

  return {
    async join(key, signal) {
      signal.throwIfAborted();
      let task = running.get(key);
      if (!task) {
        const controller = new AbortController();
        task = { promise: run(key, controller.signal), controller, waiting: 0 };
        running.set(key, task);
      }
      task.waiting++;
      try {
        return await untilAborted(task.promise, signal);
      } finally {
        leave(key, task);
      }
    },
  };
}

/** The promise's outcome, or the signal's reason where that comes first. */
export function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

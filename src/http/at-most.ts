/** Calls at once, then at most once an interval: a burst becomes its beginning and its end. */
export function atMostEvery(intervalMs: number, call: () => void): { ask: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;

  function rest(): void {
    timer = setTimeout(() => {
      timer = undefined;
      if (!isAsked) return;
      isAsked = false;
      call();
      rest();
    }, intervalMs);
  }

  return {
    ask() {
      if (timer !== undefined) {
        isAsked = true;
        return;
      }
      call();
      rest();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      isAsked = false;
    },
  };
}

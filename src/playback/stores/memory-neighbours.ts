import type { DevicesTold, Neighbours, SignInKey } from '../session/index.ts';

/** Gateways of one process that hear each other at once: for tests. */
export class MemoryNeighbourhood {
  readonly #members = new Set<Member>();

  /** One more gateway or server. */
  join(): Neighbours {
    const member: Member = { devices: new Set(), changed: new Set(), answers: new Set() };
    this.#members.add(member);
    const others = () => [...this.#members].filter((other) => other !== member);
    return {
      tellDevices: (told) => {
        for (const { devices } of others()) for (const listener of devices) listener(told);
      },
      onDevices: (listener) => added(member.devices, listener),
      tellSignInsChanged: (userId) => {
        for (const { changed } of others()) for (const listener of changed) listener(userId);
      },
      onSignInsChanged: (listener) => added(member.changed, listener),
      async askSignIn(key) {
        const [answer] = others().flatMap(({ answers }) => [...answers]);
        return answer?.(key);
      },
      answerSignIns: (holds) => added(member.answers, holds),
    };
  }
}

interface Member {
  readonly devices: Set<(told: DevicesTold) => void>;
  readonly changed: Set<(userId: string) => void>;
  readonly answers: Set<(key: SignInKey) => Promise<boolean>>;
}

function added<Value>(set: Set<Value>, value: Value): () => void {
  set.add(value);
  return () => set.delete(value);
}

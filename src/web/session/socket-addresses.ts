/** Where sockets are opened: at one address after the other of those that the server named last. */
export class SocketAddresses {
  readonly #own: string;
  #named: readonly string[];
  #next: number;

  /** `own` is the server's; from `random`, 0 to below 1, it follows which one is the first, so that devices spread. */
  constructor(own: string, random: number) {
    this.#own = own;
    this.#named = [own];
    this.#next = Math.floor(random * 2 ** 16);
  }

  /** As a ticket came with them. */
  name(addresses: readonly string[] | undefined): void {
    this.#named = addresses !== undefined && addresses.length > 0 ? addresses : [this.#own];
  }

  /** Another one than before, where there is one: whoever asks again was refused, or lost what it had. */
  next(): string {
    return this.#named[this.#next++ % this.#named.length] ?? this.#own;
  }
}

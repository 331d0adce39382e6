import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { asBytes, type Bytes, ClefError } from '../core/index.ts';
import { type Argon2Cost, formatPhc, parsePhc } from './phc.ts';
import { Turnstile } from './turnstile.ts';

const derive = promisify(argon2);

/** RFC 9106 section 4, second recommended option: 64 MiB, 3 passes, 4 lanes; above OWASP's minimum of 19 MiB and 2. */
export const LOGIN_COST: Argon2Cost = { memoryKib: 65_536, passes: 3, parallelism: 4 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** 128 MiB at the most, whoever knocks. */
const MAX_AT_ONCE = 2;
const MAX_WAITING = 32;
export const MIN_PASSWORD_CHARACTERS = 8;
/** Argon2id takes any length; a longer one is no password. */
export const MAX_PASSWORD_CHARACTERS = 1024;

export type Verdict = { readonly matches: false } | { readonly matches: true; readonly isOutdated: boolean };

export interface PasswordHasherOptions {
  /** Tests make it cheap. */
  readonly cost?: Argon2Cost;
}

/** Login passwords: Argon2id, with a bound on how much of it runs at once. */
export class PasswordHasher {
  readonly #cost: Argon2Cost;
  readonly #turnstile = new Turnstile({ places: MAX_AT_ONCE, waiting: MAX_WAITING });

  constructor({ cost = LOGIN_COST }: PasswordHasherOptions = {}) {
    this.#cost = cost;
  }

  /** A PHC string over a fresh salt. */
  async hash(password: string, signal?: AbortSignal): Promise<string> {
    const salt = asBytes(Uint8Array.from(randomBytes(SALT_BYTES)));
    const hash = await this.#derive(password, salt, this.#cost, HASH_BYTES, signal);
    return formatPhc({ ...this.#cost, salt, hash });
  }

  /**
   * Takes as long for an account that does not exist (`phc` undefined) as for one that does, so that the time
   * tells no name. `isOutdated`: the hash was made at another cost and wants to be made anew.
   */
  async verify(phc: string | undefined, password: string, signal?: AbortSignal): Promise<Verdict> {
    const known = phc === undefined ? undefined : parsePhc(phc);
    if (phc !== undefined && known === undefined) {
      throw new ClefError('catalog-corrupt', 'a password hash in the catalogue is damaged');
    }
    const { salt, hash, ...cost } = known ?? {
      ...this.#cost,
      salt: new Uint8Array(SALT_BYTES),
      hash: new Uint8Array(HASH_BYTES),
    };
    const found = await this.#derive(password, salt, cost, hash.length, signal);
    if (known === undefined || !timingSafeEqual(found, hash)) return { matches: false };
    const isOutdated =
      cost.memoryKib !== this.#cost.memoryKib ||
      cost.passes !== this.#cost.passes ||
      cost.parallelism !== this.#cost.parallelism ||
      salt.length !== SALT_BYTES ||
      hash.length !== HASH_BYTES;
    return { matches: true, isOutdated };
  }

  async #derive(
    password: string,
    salt: Bytes,
    { memoryKib, passes, parallelism }: Argon2Cost,
    lengthBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<Bytes> {
    if (password.length > MAX_PASSWORD_CHARACTERS) {
      throw new ClefError(
        'wrong-credentials',
        `a password has at most ${MAX_PASSWORD_CHARACTERS} characters`,
      );
    }
    const derived = await this.#turnstile.run(
      () =>
        derive('argon2id', {
          message: password.normalize('NFC'),
          nonce: salt,
          memory: memoryKib,
          passes,
          parallelism,
          tagLength: lengthBytes,
        }),
      signal,
    );
    return new Uint8Array(derived);
  }
}

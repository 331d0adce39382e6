import { type Bytes, concatBytes, utf8 } from '../core/index.ts';

const DERIVED_BITS = 256;
const SEPARATOR = Uint8Array.of(0);

/** One extraction, many 32-byte expansions: HKDF-SHA-256, RFC 5869. */
export type Expander = (info: Bytes) => Promise<Bytes>;

export async function extract(salt: Bytes, inputKey: Bytes): Promise<Expander> {
  const key = await crypto.subtle.importKey('raw', inputKey, 'HKDF', false, ['deriveBits']);
  return async (info) =>
    new Uint8Array(
      await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, DERIVED_BITS),
    );
}

/** `label ‖ 00 ‖ context`: labels hold no zero byte, so two labels never meet. */
export function labelled(label: string, ...context: readonly Uint8Array[]): Bytes {
  return concatBytes(utf8(label), SEPARATOR, ...context);
}

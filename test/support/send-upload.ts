import { createHash } from 'node:crypto';
import { API_PATH, CSRF_HEADER, OFFSET_HEADER, type Upload, uploadPartPath } from '../../src/api/index.ts';
import { type ApiBrowser } from './api-browser.ts';

export interface PartToSend {
  readonly id: string;
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
  /** In place of what would be right. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the page sends a part. */
export function sendPart(
  browser: ApiBrowser,
  { id, offsetBytes, bytes, headers }: PartToSend,
): Promise<Response> {
  const digest = createHash('sha256').update(bytes).digest('base64');
  return browser.fetch(`${API_PATH}${uploadPartPath(id)}`, {
    method: 'PATCH',
    headers: {
      [CSRF_HEADER]: '1',
      [OFFSET_HEADER]: String(offsetBytes),
      'content-type': 'application/octet-stream',
      'content-digest': `sha-256=:${digest}:`,
      ...headers,
    },
    body: Uint8Array.from(bytes),
  });
}

/** Sends all from an offset on, in parts; answers the upload after the last. */
export async function sendRest(
  browser: ApiBrowser,
  id: string,
  bytes: Uint8Array,
  fromBytes: number,
  partBytes: number,
): Promise<Upload> {
  let upload: Upload | undefined;
  for (let offsetBytes = fromBytes; offsetBytes < bytes.length; offsetBytes += partBytes) {
    const part = { id, offsetBytes, bytes: bytes.subarray(offsetBytes, offsetBytes + partBytes) };
    const response = await sendPart(browser, part);
    if (!response.ok) throw new Error(`a part was answered ${response.status}: ${await response.text()}`);
    upload = (await response.json()) as Upload;
  }
  if (!upload) throw new Error('nothing was left to send');
  return upload;
}

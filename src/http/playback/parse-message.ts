import type { RawData } from 'ws';
import * as v from 'valibot';
import {
  type ClientMessage,
  type CloseReason,
  clientMessage,
  PROTOCOL,
} from '../../playback/session/index.ts';

/** A frame as a message of the protocol, or why the device that sent it is not listened to any longer. */
export function parseMessage(data: RawData, isBinary: boolean): ClientMessage | CloseReason {
  if (isBinary) return 'malformed';
  const json = parsed(textOf(data));
  const message = v.safeParse(clientMessage, json);
  if (message.success) return message.output;
  return isOfAnotherProtocol(json) ? 'unknown-protocol' : 'malformed';
}

function isOfAnotherProtocol(json: unknown): boolean {
  return (
    typeof json === 'object' &&
    json !== null &&
    'type' in json &&
    json.type === 'hello' &&
    'protocol' in json &&
    typeof json.protocol === 'number' &&
    json.protocol !== PROTOCOL
  );
}

/** Frames come as one Buffer each, as is this program's choice. */
function textOf(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString() : '';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

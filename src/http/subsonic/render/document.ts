import { errorTable, isClefError } from '../../../core/index.ts';
import type { WireObject } from '../wire/index.ts';
import type { Format } from './format.ts';
import { renderXml } from './xml.ts';

const PROTOCOL_VERSION = '1.16.1';
const NAMESPACE = 'http://subsonic.org/restapi';

export interface RenderedDocument {
  readonly contentType: string;
  readonly body: string;
}

/** https://opensubsonic.netlify.app/docs/responses/subsonic-response/ */
export function successDocument(payload: WireObject, serverVersion: string): WireObject {
  return {
    status: 'ok',
    version: PROTOCOL_VERSION,
    type: 'clef',
    serverVersion,
    openSubsonic: true,
    ...payload,
  };
}

/** Tells no more of a fault in Clef itself than that there was one. */
export function failureDocument(error: unknown, serverVersion: string): WireObject {
  const code = isClefError(error) ? errorTable[error.code].subsonicCode : 0;
  const message = isClefError(error) ? error.message : errorTable.internal.meaning;
  return {
    status: 'failed',
    version: PROTOCOL_VERSION,
    type: 'clef',
    serverVersion,
    openSubsonic: true,
    error: { code, message },
  };
}

export function renderDocument(document: WireObject, format: Format): RenderedDocument {
  switch (format.kind) {
    case 'json':
      return { contentType: 'application/json; charset=utf-8', body: json(document) };
    case 'jsonp':
      return {
        contentType: 'application/javascript; charset=utf-8',
        body: `${format.callback}(${json(document)});`,
      };
    default:
      return {
        contentType: 'text/xml; charset=utf-8',
        body: renderXml('subsonic-response', NAMESPACE, document),
      };
  }
}

function json(document: WireObject): string {
  return JSON.stringify({ 'subsonic-response': document });
}

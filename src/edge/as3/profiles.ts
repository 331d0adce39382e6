import type { As3Object, Properties } from './declaration.ts';
import type { BigipCertificate, BigipSite } from './site.ts';

/** A player that is paused reads nothing, and goes on with the same stream. */
const PAUSE_SECONDS = 3_600;
const KEEP_ALIVE_SECONDS = 60;
/** Clef's own bound is as much: an address of 64 KiB and 16 KiB of fields. */
const HEADER_BYTES = 80 * 2 ** 10;
const HEADER_COUNT = 64;
/** A page asks for its events, and for many covers at a time. */
const STREAMS_A_CONNECTION = 128;
const METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Without the query of an address, in which Subsonic players send their passwords. */
const LOG_TEMPLATE =
  '$CLIENT_IP [$DATE_NCSA] $HTTP_METHOD $HTTP_PATH $HTTP_VERSION $HTTP_STATCODE $RESPONSE_SIZE $RESPONSE_MSECS $SERVER_IP';

/** How listeners, and servers, are spoken to. */
export function profileObjects({ certificate, requestLog }: BigipSite): Readonly<Record<string, As3Object>> {
  const tcp = {
    class: 'TCP_Profile',
    idleTimeout: PAUSE_SECONDS,
    // 20 seconds, unless it is told.
    zeroWindowTimeout: PAUSE_SECONDS * 1_000,
    keepAliveInterval: KEEP_ALIVE_SECONDS,
  } as const;
  return {
    tls: {
      class: 'TLS_Server',
      certificates: [{ certificate: 'certificate' }],
      // TLS 1.3 needs a group of ciphers in place of a list.
      cipherGroup: { bigip: '/Common/f5-default' },
      tls1_3Enabled: true,
      tls1_2Enabled: true,
      tls1_1Enabled: false,
      tls1_0Enabled: false,
      ssl3Enabled: false,
      sslEnabled: false,
      // HTTP/2 forbids it (RFC 9113 section 9.2.1).
      renegotiationEnabled: false,
    },
    certificate: certificateObject(certificate),
    clientTcp: tcp,
    serverTcp: tcp,
    http: {
      class: 'HTTP_Profile',
      maxHeaderCount: HEADER_COUNT,
      maxHeaderSize: HEADER_BYTES,
      knownMethods: METHODS,
      unknownMethodAction: 'reject',
      enforceRFCCompliance: true,
      requestChunking: 'sustain',
      responseChunking: 'sustain',
      // The rule `requests` does, having removed what clients sent.
      xForwardedFor: false,
    },
    http2: {
      class: 'HTTP2_Profile',
      concurrentStreamsPerConnection: STREAMS_A_CONNECTION,
      includeContentLength: true,
    },
    webSocket: { class: 'WebSocket_Profile', masking: 'preserve', compressMode: 'preserved' },
    // Its own name would say what the pool is called.
    sameServer: {
      class: 'Persist',
      persistenceMethod: 'cookie',
      cookieMethod: 'insert',
      cookieName: 'clef-server',
    },
    ...(requestLog && {
      requestLog: {
        class: 'Traffic_Log_Profile',
        responseSettings: {
          responseEnabled: true,
          responsePool: { use: 'log' },
          responseProtocol: 'mds-udp',
          responseTemplate: LOG_TEMPLATE,
        },
      },
      log: {
        class: 'Pool',
        monitors: ['icmp'],
        members: [{ servicePort: requestLog.port, serverAddresses: [requestLog.host] }],
      },
    }),
  };
}

function certificateObject({ kind, certificate, privateKey }: BigipCertificate): As3Object {
  const held = (value: string): string | Properties => (kind === 'bigip' ? { bigip: value } : value);
  return { class: 'Certificate', certificate: held(certificate), privateKey: held(privateKey) };
}

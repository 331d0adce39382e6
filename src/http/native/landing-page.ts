import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { escapeHtml } from '../escape-html.ts';
import type { ReadinessSource } from '../ports.ts';
import { landingStyle } from './landing-style.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(landingStyle).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface LandingDeps {
  readonly readiness: ReadinessSource;
  /** What players connect to; the request's own address where it is not configured. */
  readonly baseUrl: string | undefined;
  readonly basePath: string;
}

/** For whoever opens the server's address in a browser: that it runs, and how to connect a player. */
export function landingAnswer({ readiness, baseUrl, basePath }: LandingDeps) {
  return (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('content-type', 'text/html; charset=utf-8')
      .send(
        landingPage({
          serverAddress: baseUrl ?? `${request.protocol}://${request.host}${basePath}`,
          isReady: readiness.missingParts().length === 0,
          isOpenToWatchers: isOpenToWatchers(request),
        }),
      );
}

/** Plain HTTP from another machine: whoever watches the network reads along. */
function isOpenToWatchers({ protocol, hostname }: FastifyRequest): boolean {
  return protocol === 'http' && !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

export interface LandingView {
  readonly serverAddress: string;
  readonly isReady: boolean;
  readonly isOpenToWatchers: boolean;
}

export function landingPage({ serverAddress, isReady, isOpenToWatchers }: LandingView): string {
  const state = isReady
    ? '<h1>Clef is running</h1><p class="state">Your music is encrypted and ready to play.</p>'
    : '<h1>Clef is starting</h1><p class="state waiting">Your library is being opened; reload in a moment.</p>';
  const warning = isOpenToWatchers
    ? '<p class="note">This page came over plain HTTP. On a network that others share, serve Clef through HTTPS, so that nobody reads passwords or listens along.</p>'
    : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Clef</title>
<style>${landingStyle}</style>
</head>
<body>
<main>
<header>
<svg class="mark" viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="6" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><circle cx="24" cy="44" r="11"/><path d="M35 44V9h13M35 22h9"/></svg>
<div>${state}</div>
</header>
<section aria-labelledby="connect">
<h2 id="connect">Connect a player</h2>
<ol>
<li><p>In any player that speaks Subsonic, add a server.</p><p class="hint">Choose Subsonic, OpenSubsonic or Navidrome as its kind, and give this address:</p><code>${escapeHtml(serverAddress)}</code></li>
<li><p>Make a password for this player.</p><p class="hint">On the machine where Clef runs:</p><code>clef app-password create <em>USER</em> --client <em>PLAYER</em></code></li>
<li><p>Sign in with the name and password it prints.</p><p class="hint">Each player has its own, so that a lost phone is one command away from being signed out. Your own password stays yours: players never see it.</p></li>
</ol>
${warning}
</section>
<footer>Free software, Apache-2.0. Every byte of your music is sealed before it is stored.</footer>
</main>
</body>
</html>
`;
}

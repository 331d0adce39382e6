import type { As3Object } from './declaration.ts';
import type { BigipSite } from './site.ts';

/** What servers alone are asked for: measurements, and pieces of streams. */
const INSIDE = ['/metrics', '/p/v1'];

/**
 * Refuses what is not for listeners, and lets no listener say what only an edge may. In plain Tcl, without the
 * operators that F5 adds to it.
 */
export function requestsRule({ names, basePath }: BigipSite): As3Object {
  const ofListeners = names.map((name) => `"${name.toLowerCase()}"`).join(' - ');
  // A server knows some of its paths without the base path, too.
  const ofServers = [...new Set([basePath, ''])]
    .flatMap((base) => INSIDE.map((path) => `"${base}${path}*"`))
    .join(' - ');
  return {
    class: 'iRule',
    // A backquote would be AS3's.
    expand: false,
    iRule: `when HTTP_REQUEST {
    # An absolute address would not begin with any path below (F5 K9952), and Clef understands it.
    if { [string index [HTTP::uri] 0] ne "/" } {
        HTTP::respond 400
        return
    }
    switch -- [string tolower [getfield [HTTP::host] ":" 1]] {
        ${ofListeners} { }
        default {
            HTTP::respond 421
            return
        }
    }
    switch -glob -- [HTTP::path -normalized] {
        ${ofServers} {
            HTTP::respond 404
            return
        }
    }
    foreach name [HTTP::header names] {
        switch -glob -- [string tolower $name] {
            "x-clef-*" - "x-forwarded-*" - "forwarded" { HTTP::header remove $name }
        }
    }
    # An address may end in %NUMBER, its route domain.
    HTTP::header insert X-Forwarded-For [getfield [IP::client_addr] "%" 1]
    HTTP::header insert X-Forwarded-Proto "https"
    HTTP::header insert X-Forwarded-Host [HTTP::host]
}
`,
  };
}

import { spawnSync } from 'node:child_process';

export interface Asked {
  readonly uri: string;
  readonly host: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** What a server would be asked, or the status that the rule answers itself. */
export type Outcome = { readonly status: number } | { readonly headers: Asked['headers'] };

/** Of what BIG-IP adds to Tcl, as much as one of our rules uses. A path counts as normalized as it is given. */
const BIGIP = `
namespace eval HTTP {}
namespace eval IP {}
proc when {event body} { proc $event {} $body }
proc getfield {text separator number} { lindex [split $text $separator] [expr {$number - 1}] }
proc IP::client_addr {} { return "203.0.113.7%2" }
proc HTTP::uri {} { return $::uri }
proc HTTP::path {flag} { return [lindex [split $::uri "?"] 0] }
proc HTTP::host {} { return $::host }
proc HTTP::respond {status} { set ::status $status }
proc HTTP::header {command args} {
    foreach {name value} $args {}
    switch -- $command {
        names { set names {}; foreach {name value} $::headers { lappend names $name }; return $names }
        insert { lappend ::headers $name $value }
        remove {
            set kept {}
            foreach {other value} $::headers {
                if { ![string equal -nocase $other $name] } { lappend kept $other $value }
            }
            set ::headers $kept
        }
    }
}
proc ask {uri host headers} {
    foreach name {uri host headers} { set ::$name [set $name] }
    set ::status 0
    HTTP_REQUEST
    puts "$::status\\n[join $::headers "\\t"]"
}
`;

/** Runs a rule of `HTTP_REQUEST` in Tcl, for one request after the other. */
export function runIRule(tclsh: string, rule: string, asked: readonly Asked[]): readonly Outcome[] {
  const calls = asked.map(
    ({ uri, host, headers }) =>
      `ask {${uri}} {${host}} {${headers
        .flat()
        .map((text) => `{${text}}`)
        .join(' ')}}`,
  );
  const { stdout, stderr, status } = spawnSync(tclsh, {
    input: [BIGIP, rule, ...calls].join('\n'),
    encoding: 'utf8',
  });
  if (status !== 0 || stderr !== '') throw new Error(`Tcl: ${stderr}`);
  const lines = stdout.split('\n');
  return asked.map((_, i) => {
    const answered = Number(lines[2 * i]);
    const texts = (lines[2 * i + 1] ?? '').split('\t').filter((text) => text !== '');
    return answered === 0
      ? { headers: texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : [])) }
      : { status: answered };
  });
}

import type { matrixEn } from './matrix-en.ts';
import type { Formats } from './formats.ts';

export const matrixDe = ({
  plural,
  list,
}: Pick<Formats, 'plural' | 'list'>): ReturnType<typeof matrixEn> => ({
  matrix: {
    title: 'Die Matrix',
    kind: 'Verschlüsselungsmatrix',
    lead: 'Clef verschlüsselt einen Titel, schneidet ihn in Stücke und teilt sie reihum aus: Zeilen sind Zeit, Spalten sind Knoten. Parität, aus jeder Zeile berechnet, ersetzt ein Stück, das verloren geht. Wer eine Spalte hat, hat keine Musik.',
    link: 'Verschlüsselungsmatrix zeigen',
    whole: 'Die ganze Bibliothek sehen',
    play: 'Abspielen und mitverfolgen',
    health: {
      ok: 'heil',
      missing: 'fehlt',
      damaged: 'beschädigt',
      offline: 'Knoten weg',
      empty: 'nichts aufzuheben',
      unchecked: 'da, nicht geprüft',
    },
    role: { data: 'Musik', parity: 'Parität' },
    legend: {
      label: 'Was die Zellen zeigen',
      data: 'Musik, heil',
      parity: 'Parität, heil',
      unchecked: 'Da, nicht geprüft',
      offline: 'Knoten weg',
      missing: 'Fehlt',
      damaged: 'Beschädigt',
    },
    story: (pieces, parity, nodes) =>
      parity === 0
        ? `Aus diesem Titel wurden ${plural(pieces, { one: '# Stück', other: '# Stücke' })} Rauschen auf ${plural(nodes, { one: '# Knoten', other: '# Knoten' })}.`
        : `Aus diesem Titel wurden ${plural(pieces, { one: '# Stück', other: '# Stücke' })} Rauschen auf ${plural(nodes, { one: '# Knoten', other: '# Knoten' })}, dazu ${plural(parity, { one: '# weiteres', other: '# weitere' })}, daraus berechnet.`,
    loses: (count) =>
      count === 0
        ? 'Es gibt keine Parität: Ein verlorener Knoten nimmt seine Stücke mit. Mit mehr Knoten kann Clef auf einige verzichten.'
        : plural(count, {
            one: 'Jede beliebige dieser Spalten darf verloren gehen, und jede Sekunde klingt wie zuvor, auf das Bit genau.',
            other:
              'Beliebige # dieser Spalten dürfen verloren gehen, und jede Sekunde klingt wie zuvor, auf das Bit genau.',
          }),
    noise:
      'Jedes Stück ist mit AES-256-GCM versiegelt, unter einem Schlüssel, der nur zu diesem Titel gehört. Geöffnet wird es in diesem Browser; ein Stück, das jemand verändert hat, geht nicht auf.',
    pieces: 'Stücke',
    nodes: 'Spalten',
    mayBeLost: 'verzichtbar',
    stored: 'gespeichert',
    storedOf: (stored, length) => `${stored} für ${length} Musik`,
    state: {
      whole: 'Jedes Stück ist heil.',
      wholeSoFar: (time) =>
        time === '0:00'
          ? 'Jedes Stück ist da und so lang, wie es sein soll. Geprüft wird jedes, wenn es spielt.'
          : `Jedes Stück ist da. Die ersten ${time} sind auf das Bit geprüft; der Rest wird geprüft, wenn er spielt.`,
      spare: (nodes, spare) =>
        `${nodes.length > 0 ? `Stücke auf ${list(nodes)} sind nicht lesbar.` : 'Einige Stücke sind nicht lesbar.'} Es klingt trotzdem: Sie werden aus den anderen berechnet. ${plural(
          spare,
          {
            one: '# weitere Spalte darf verloren gehen.',
            other: '# weitere Spalten dürfen verloren gehen.',
          },
        )}`,
      last: (nodes) =>
        `${nodes.length > 0 ? `Stücke auf ${list(nodes)} sind nicht lesbar.` : 'Einige Stücke sind nicht lesbar.'} Es klingt noch: Sie werden aus den anderen berechnet. Mehr darf nicht verloren gehen, bis sie repariert sind.`,
      lost: (times) => `Zu viele Stücke fehlen, um ${list(times)} zu spielen.`,
    },
    picture: (title) => `Verschlüsselungsmatrix von ${title}. Pfeiltasten gehen von Zelle zu Zelle.`,
    hint: 'Zeig auf eine Zelle, oder nimm die Pfeiltasten.',
    reading: (time, role, node, health) => `${time} · ${role} · ${node} · ${health}`,
    nodeWord: 'Knoten',
    unknownNode: 'kein Knoten',
    columnsTitle: 'Spalte für Spalte',
    column: 'Spalte',
    holds: 'Enthält',
    node: 'Knoten',
    condition: 'Zustand',
    wholeSoFar: 'heil, soweit geprüft',
    partly: (count) => plural(count, { one: '# Stück beschädigt', other: '# Stücke beschädigt' }),
    libraryTitle: 'Titel für Titel',
    libraryHint:
      'Je Titel eine Zeile, nach Namen und Längen seiner Spalten. Wähl einen, um alle Stücke zu prüfen.',
    track: 'Titel',
    none: 'Noch ist nichts versiegelt',
    noneHint: 'Die Matrix füllt sich, sobald Musik importiert wird.',
    policy: (k, m) =>
      m === 0
        ? 'Neue Musik kommt in eine Spalte, ohne Parität'
        : `Neue Musik: ${plural(k, { one: '# Spalte', other: '# Spalten' })} Musik, ${plural(m, { one: '# Spalte', other: '# Spalten' })} Parität`,
    online: 'online',
    away: 'weg',
    free: (size) => `${size} frei`,
    freeOf: (free, total) => `${free} von ${total} frei`,
    nodesTitle: 'Knoten',
  },
});

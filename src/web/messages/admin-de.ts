import type { adminEn } from './admin-en.ts';
import type { Formats } from './formats.ts';

export const adminDe = ({ plural, list }: Pick<Formats, 'plural' | 'list'>): ReturnType<typeof adminEn> => ({
  admin: {
    refusedTitle: 'Für Verwalter',
    refusedText:
      'Um Import, Personen und Tresor kümmert sich ein Verwalter. Deine Musik ist ganz für dich da.',
    import: {
      title: 'Import',
      start: 'Nach neuer Musik sehen',
      phases: {
        starting: 'Beginnt',
        looking: 'Sucht Dateien',
        importing: 'Importiert',
        finishing: 'Räumt auf',
      },
      upToDate: (moment) => `Zuletzt durchgesehen: ${moment}`,
      never: 'Seit dem Start von Clef wurde nichts durchgesehen.',
      progress: (done, total) => `${done} von ${total} Dateien`,
      found: 'Dateien gefunden',
      files: (total) => `von ${total} Dateien`,
      rate: 'je Sekunde',
      left: 'noch, ungefähr',
      faults: 'Fehler',
      added: 'neu',
      changed: 'geändert',
      missing: 'nicht mehr im Ordner',
      missingHint:
        'Titel, deren Datei fort ist, bleiben und spielen: Ihre versiegelten Kopien liegen im Tresor.',
      faultsTitle: (count) =>
        plural(count, {
          one: '# Sache konnte nicht importiert werden',
          other: '# Sachen konnten nicht importiert werden',
        }),
      moreFaults: (count) => plural(count, { one: 'und # weitere', other: 'und # weitere' }),
      whole: 'Der Import im Ganzen',
    },
    people: {
      title: 'Personen',
      you: 'Du',
      roles: { admin: 'Verwalter', listener: 'Hörer' },
      role: 'Rolle',
      roleHint: 'Verwalter sehen diese Seite und dürfen alles, was sie bietet.',
      disabled: 'Gesperrt',
      since: (date) => `seit ${date}`,
      disabledSince: (date) => `darf sich seit ${date} nicht anmelden`,
      manage: 'Verwalten',
      manageOf: (name) => `${name} verwalten`,
      own: 'Dein eigenes Passwort und die deiner anderen Player stehen in',
      disable: 'Sperren',
      disableTitle: (name) => `${name} sperren?`,
      disableText:
        'Jeder Player dieser Person verstummt, und nichts von ihr meldet sich mehr an. Playlists und Favoriten bleiben; du kannst das Konto wieder freigeben.',
      enable: 'Freigeben',
      password: 'Neues Passwort',
      passwordTitle: (name) => `Ein neues Passwort für ${name}?`,
      passwordText: 'Das alte öffnet nichts mehr, und jeder Browser dieser Person muss sich neu anmelden.',
      passwordAction: 'Machen',
      newPassword: (name) => `Neues Passwort für ${name}.`,
      nowRole: (name, role) => `${name}: ${role}`,
      nowDisabled: (name) => `${name} darf sich nicht mehr anmelden.`,
      nowEnabled: (name) => `${name} darf sich wieder anmelden.`,
      add: 'Hinzufügen',
      addTitle: 'Person hinzufügen',
      name: 'Name',
      chosen: 'Passwort',
      chosenHint: 'Lass das Passwort leer, dann macht Clef eines.',
      added: (name) => `${name} darf sich anmelden.`,
      faults: {
        exists: 'So heißt schon jemand.',
        weak: 'Dieses Passwort ist zu leicht zu erraten.',
        name: 'Das kann kein Name sein.',
        last: 'Jemand muss Verwalter bleiben.',
      },
    },
    vault: {
      title: 'Tresor',
      whole: 'Alle Knoten antworten, und nichts wartet auf Reparatur.',
      away: (nodes) =>
        `${list(nodes)} ${nodes.length === 1 ? 'antwortet' : 'antworten'} nicht. Musik spielt, solange Parität das deckt.`,
      degraded: (count) =>
        plural(count, {
          one: '# versiegelter Datei fehlt eine Spalte; sie wartet auf Reparatur.',
          other: '# versiegelten Dateien fehlt eine Spalte; sie warten auf Reparatur.',
        }),
      hurt: (hurt, looked) =>
        plural(hurt, {
          one: `Von ${looked} angesehenen Titeln ist bei # etwas fort oder beschädigt.`,
          other: `Von ${looked} angesehenen Titeln ist bei # etwas fort oder beschädigt.`,
        }),
      drill:
        'Die Rettungsmappe (recovery kit) wurde lange nicht erprobt: auf dem Server „clef keys drill“ ausführen.',
      repair: 'Reparieren',
      isRepairing: 'Alles wird durchgesehen und repariert. Musik spielt derweil.',
      repairing: (done, total) => `${done} von etwa ${total} versiegelten Dateien`,
      stored: 'gespeichert',
      assets: 'versiegelte Dateien',
      policy: 'Musik + Parität',
      waiting: 'zu reparieren',
      matrix: 'Die Matrix sehen',
    },
  },
});

import type { Formats } from './formats.ts';

/** Words of the administrator's page. */
export const adminEn = ({ plural, list }: Pick<Formats, 'plural' | 'list'>) => ({
  admin: {
    refusedTitle: 'For administrators',
    refusedText:
      'Importing, people and the vault are looked after by an administrator. Your music is all here.',
    import: {
      title: 'Import',
      start: 'Look for new music',
      phases: {
        starting: 'Beginning',
        looking: 'Looking for files',
        importing: 'Importing',
        finishing: 'Finishing',
      },
      upToDate: (moment: string) => `Last looked through ${moment}`,
      never: 'Nothing was looked through since Clef started.',
      progress: (done: string, total: string) => `${done} of ${total} files`,
      found: 'files found',
      files: (total: string) => `of ${total} files`,
      rate: 'a second',
      left: 'left, about',
      faults: 'faults',
      added: 'added',
      changed: 'changed',
      missing: 'gone from their folder',
      missingHint: 'Tracks whose file is gone stay, and play: their sealed copies are in the vault.',
      faultsTitle: (count: number) =>
        plural(count, { one: '# thing could not be imported', other: '# things could not be imported' }),
      moreFaults: (count: number) => plural(count, { one: 'and # more', other: 'and # more' }),
      whole: 'The import as a whole',
    },
    people: {
      title: 'People',
      you: 'You',
      roles: { admin: 'Administrator', listener: 'Listener' },
      role: 'Role',
      roleHint: 'Administrators see this page, and may do all that it offers.',
      disabled: 'Disabled',
      since: (date: string) => `since ${date}`,
      disabledSince: (date: string) => `may not sign in since ${date}`,
      manage: 'Manage',
      manageOf: (name: string) => `Manage ${name}`,
      own: 'Your own password, and those of your other players, are in',
      disable: 'Disable',
      disableTitle: (name: string) => `Disable ${name}?`,
      disableText:
        'Every player of theirs stops, and nothing of theirs signs in. Playlists and favourites stay; you can enable the account again.',
      enable: 'Enable',
      password: 'New password',
      passwordTitle: (name: string) => `A new password for ${name}?`,
      passwordText: 'The old one opens nothing any more, and every browser of theirs has to sign in again.',
      passwordAction: 'Make it',
      newPassword: (name: string) => `New password for ${name}.`,
      nowRole: (name: string, role: string) => `${name}: ${role}`,
      nowDisabled: (name: string) => `${name} may not sign in any more.`,
      nowEnabled: (name: string) => `${name} may sign in again.`,
      add: 'Add',
      addTitle: 'Add a person',
      name: 'Name',
      chosen: 'Password',
      chosenHint: 'Leave the password empty, and Clef makes one.',
      added: (name: string) => `${name} may sign in.`,
      faults: {
        exists: 'Somebody has that name already.',
        weak: 'That password is too easy to guess.',
        name: 'That cannot be a name.',
        last: 'Somebody has to stay administrator.',
      },
    },
    vault: {
      title: 'Vault',
      whole: 'All nodes answer, and nothing waits for repair.',
      away: (nodes: readonly string[]) =>
        `${list(nodes)} ${nodes.length === 1 ? 'does' : 'do'} not answer. Music plays as long as parity covers that.`,
      degraded: (count: number) =>
        plural(count, {
          one: '# sealed file is short of a column, and waits for repair.',
          other: '# sealed files are short of a column, and wait for repair.',
        }),
      hurt: (hurt: number, looked: number) =>
        plural(hurt, {
          one: `Of ${looked} tracks looked at, # has pieces missing or damaged.`,
          other: `Of ${looked} tracks looked at, # have pieces missing or damaged.`,
        }),
      drill: 'The recovery kit has not been tried for a long time: run “clef keys drill” on the server.',
      repair: 'Repair',
      isRepairing: 'Everything is being looked through and repaired. Music plays meanwhile.',
      repairing: (done: string, total: string) => `${done} of about ${total} sealed files`,
      stored: 'stored',
      assets: 'sealed files',
      policy: 'music + parity',
      waiting: 'wait for repair',
      matrix: 'See the matrix',
    },
  },
});

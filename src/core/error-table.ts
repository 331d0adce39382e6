export interface ErrorRow {
  readonly meaning: string;
  /** The same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  readonly httpStatus: number;
  /** OpenSubsonic error code (https://opensubsonic.netlify.app/docs/responses/error/). */
  readonly subsonicCode: number;
}

function row(meaning: string, httpStatus: number, subsonicCode: number, retryable = false): ErrorRow {
  return { meaning, retryable, httpStatus, subsonicCode };
}

/** Every code that Clef throws. docs/errors.md is this table, and a test holds the two together. */
export const errorTable = {
  // requests
  'bad-request': row('A parameter is malformed or out of range.', 400, 0),
  'missing-parameter': row('A required parameter is missing.', 400, 10),
  'not-found': row('Nothing has this id.', 404, 70),
  'not-allowed': row('This account may not do that.', 403, 50),
  'wrong-credentials': row('The user name or the password is wrong.', 401, 40),
  'not-signed-in': row('Nobody is signed in, or the session has ended.', 401, 40),
  'password-needed': row('The login password was not given lately, and must be for this.', 403, 50),
  'foreign-request': row('A page of another origin, or none, asks for a change.', 403, 50),
  'token-auth-unsupported': row('Token authentication is not available for this account.', 401, 41),
  'auth-mechanism-unsupported': row('This way to authenticate is not supported.', 401, 42),
  'conflicting-auth': row('More than one way to authenticate was used at once.', 400, 43),
  'invalid-api-key': row('The API key is not valid.', 401, 44),
  'too-many-attempts': row('Too many failed sign-ins; wait before the next.', 429, 40, true),
  'ticket-refused': row('The ticket is missing, expired, forged, or was given to someone else.', 401, 0),
  'device-refused': row('This device is not one of the account, or was revoked.', 403, 0),
  'range-not-satisfiable': row('The byte range lies outside the file.', 416, 0),
  'not-ready': row('The server is starting or shutting down.', 503, 0, true),
  internal: row('A fault in Clef itself.', 500, 0),

  // crypto
  'decryption-failed': row('Sealed bytes did not open: wrong key, or they were changed.', 500, 0),
  'malformed-asset': row('An asset header, record or manifest does not follow the format.', 500, 0),
  'unsupported-format': row('Written by a newer Clef, or outside the limits of the format.', 500, 0),
  'signature-invalid': row('A signature does not verify, or its signer is not trusted.', 500, 0),
  'keyring-rejected': row('A keyring is forged, rolled back, or not meant for this server.', 500, 0),
  'keyring-conflict': row('Two valid successors of one keyring exist; the recovery kit must decide.', 500, 0),
  'key-exposed': row('A file with private keys can be read by other users of the machine.', 500, 0),
  'wrong-passphrase': row('The passphrase does not open this key.', 400, 0),
  'weak-passphrase': row('The passphrase is too easy to guess.', 400, 0),

  // sessions
  'session-in-use': row('Devices are in this playback session.', 409, 0, true),
  'too-many-sessions': row('The account has as many playback sessions as it may.', 409, 0, false),
  'log-unreachable': row('The log of playback sessions takes nothing just now.', 503, 0, true),
  'log-unfit': row('What is to keep the log of playback sessions cannot do it as it is set up.', 500, 0),

  // the edge and the cluster
  'cluster-unknown': row('Who is in the cluster cannot be found out just now.', 503, 0, true),
  'edge-refused': row('NGINX refuses its configuration, or does not take it up.', 500, 0),
  'cluster-part-failed': row('A part of a cluster on this machine does not start.', 500, 0),

  // TLS
  'tls-not-issued': row('The authority issued no certificate.', 502, 0, true),

  // storage nodes and vault
  'node-offline': row('A storage node cannot be reached, or is not the one expected there.', 503, 0, true),
  'node-object-exists': row('An object of this name is already on the node.', 409, 0),
  'node-object-missing': row('The node has no object of this name.', 404, 0),
  'node-object-truncated': row('An object ends before the bytes that were asked for.', 500, 0),
  'node-version-mismatch': row('The object changed since its version was read.', 409, 0, true),
  'node-full': row('A storage node has no space left.', 507, 0),
  'node-io': row('A storage node failed to read or write.', 503, 0, true),
  'node-name-invalid': row('An object name is not one that Clef writes.', 400, 0),
  'vault-too-few-nodes': row('Too few storage nodes are reachable for the policy.', 503, 0, true),
  'vault-asset-lost': row('More columns are missing or damaged than the parity covers.', 500, 0),
  'vault-column-lost': row(
    'A column of an asset cannot be had now; the route of verified chunks makes up for it.',
    503,
    0,
    true,
  ),
  'vault-source-changed': row('The source changed while it was being sealed.', 409, 0, true),
  'log-rolled-back': row('The library log on the nodes lacks a state that it is known to have had.', 500, 0),

  // catalogue and data folder
  'catalog-conflict': row('A row was changed by someone else in between.', 409, 0, true),
  'catalog-offline': row('The database of the catalogue does not answer.', 503, 0, true),
  'catalog-in-doubt': row(
    'The database of the catalogue went away in the middle of a change, which may have been made.',
    503,
    0,
  ),
  'catalog-corrupt': row('The catalogue or the search index is damaged.', 500, 0),
  'data-newer': row('The data folder was written by a newer version of Clef.', 500, 0),
  'data-in-use': row('Another Clef server is using this data folder.', 409, 0),
  'data-full': row('The disk of the data folder has no space left.', 507, 0),
  'data-invalid': row('The data folder is not one, or lacks something it must have.', 500, 0),

  // ingest
  'media-unreadable': row('A media file is damaged, empty, or not what its name says.', 422, 0),
  'media-too-costly': row('Reading a media file took more time or memory than is allowed.', 422, 0),
  'transcoder-missing': row(
    'This track plays here in another format only, and nothing on the server can make that.',
    501,
    0,
  ),
  'source-missing': row('A music folder cannot be found or read.', 404, 0),
  'source-shrunk': row('A music folder lost more files than is believed without a yes.', 409, 0),

  // uploads
  'upload-too-large': row('A file is larger than uploads may be.', 413, 0),
  'upload-limit': row('Too many uploads are open, or they take too much space.', 429, 0, true),
  'upload-conflict': row(
    'A part does not begin where the upload ends, or its id is that of another file.',
    409,
    0,
  ),
  'upload-damaged': row('A part is not what its digest says; send it again.', 400, 0, true),

  // people
  'user-exists': row('A user of this name exists already.', 409, 0),
  'user-unknown': row('No user has this name.', 404, 70),

  // settings
  'config-invalid': row('The configuration has faults; each is listed.', 400, 0),
  usage: row('The command line is not understood.', 400, 0),
  'program-missing': row('A program or library that is needed is not installed here.', 501, 0),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

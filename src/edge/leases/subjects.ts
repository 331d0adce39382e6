/** What servers of one library say of themselves over NATS; below what an account of Clef's may use anyway. */
export interface LeaseSubjects {
  /** Each server says here that it is there, again and again. */
  readonly beats: string;
  /** Whoever asks here hears a beat of each server at once. */
  readonly who: string;
  /** Here a server is asked to empty itself. */
  drain(name: string): string;
}

export function leaseSubjects(libraryId: string): LeaseSubjects {
  const prefix = `clef-${libraryId}.cluster`;
  return { beats: `${prefix}.beats`, who: `${prefix}.who`, drain: (name) => `${prefix}.drain.${name}` };
}

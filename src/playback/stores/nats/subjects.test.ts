import { expect, test } from 'vitest';
import { createSubjects, nameIn, nameOf } from './subjects.ts';

const subjects = createSubjects('clef');

test('a session has a subject of its own', () => {
  const key = { userId: 'us-1z', sessionId: 'aB3_-aB3_-aB3_-x' };
  expect(subjects.session(key)).toBe('clef.session.us-1z.aB3_-aB3_-aB3_-x');
  expect(nameIn(subjects.session(key))).toBe(nameOf(key));
});

test.each(['', '*', '>', 'us-1.main', 'us 1', 'us-1\r\n', 'a'.repeat(65)])(
  'an id %j that NATS would take for something else is refused',
  (id) => {
    expect(() => subjects.session({ userId: id, sessionId: 'main' })).toThrow('other characters');
    expect(() => subjects.snapshot({ userId: 'us-1', sessionId: id })).toThrow('other characters');
    expect(() => subjects.snapshotsOf(id)).toThrow('other characters');
  },
);

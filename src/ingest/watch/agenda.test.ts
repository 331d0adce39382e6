import { describe, expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

const hint = (agenda: Agenda, path: string, nowMs: number): void => agenda.hint(Buffer.from(path), nowMs);
const folders = (agenda: Agenda): readonly string[] =>
  agenda.take().map(({ folder, isDeep }) => (isDeep ? `${folder}/**` : folder));

describe('what is to be looked at', () => {
  test('is due once it has been quiet for a moment, and after two seconds anyway', () => {
    const agenda = new Agenda();
    expect(agenda.dueMs).toBe(Infinity);
    hint(agenda, 'a/1.mp3', 1_000);
    expect(agenda.dueMs).toBe(1_300);
    hint(agenda, 'a/2.mp3', 1_200);
    expect(agenda.dueMs).toBe(1_500);
    hint(agenda, 'a/3.mp3', 2_900);
    expect(agenda.dueMs).toBe(3_000);
    expect(folders(agenda)).toEqual(['a']);
    expect(agenda.dueMs).toBe(Infinity);
  });

  test('is each folder once, and none that is in another', () => {
    const agenda = new Agenda();
    for (let i = 0; i < 1_000; i++) hint(agenda, `a/b/${i}.mp3`, 0);
    hint(agenda, 'top.flac', 0);
    hint(agenda, 'a/c/cover.jpg', 0);
    hint(agenda, 'a/c/d/1.mp3', 0);
    hint(agenda, 'new folder', 0);
    hint(agenda, '@eaDir/x.mp3', 0);
    hint(agenda, '.hidden', 0);
    expect(folders(agenda)).toEqual(['', 'a/b', 'a/c/**', 'new folder/**']);
  });

  test('is all of the source where nobody knows what changed, or very much did', () => {
    const agenda = new Agenda();
    hint(agenda, 'a/1.mp3', 0);
    hint(agenda, '', 0);
    expect(folders(agenda)).toEqual(['/**']);
    for (let i = 0; i < 200; i++) hint(agenda, `${i}/1.mp3`, 0);
    expect(folders(agenda)).toEqual(['/**']);
  });

  test('waits for its time where it was planned, unless something else is due before', () => {
    const agenda = new Agenda();
    agenda.plan([{ folder: 'a', isDeep: false }], 5_000);
    expect(agenda.dueMs).toBe(5_000);
    hint(agenda, 'b/1.mp3', 4_000);
    expect(agenda.dueMs).toBe(4_300);
    expect(folders(agenda)).toEqual(['a', 'b']);
  });
});

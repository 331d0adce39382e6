import type { Formats } from './formats.ts';
import type { keptEn } from './kept-en.ts';

export const keptDe = ({ plural }: Pick<Formats, 'plural'>): ReturnType<typeof keptEn> => ({
  kept: {
    title: 'Auf diesem Gerät',
    lead: 'Liegt hier verschlüsselt und spielt ohne den Server.',
    keep: 'Auf diesem Gerät behalten',
    remove: 'Von diesem Gerät entfernen',
    take: 'Entfernen',
    removeOf: (name) => `${name} von diesem Gerät entfernen`,
    began: (name) => `${name} wird auf dieses Gerät geholt.`,
    done: (name) => `${name} liegt auf diesem Gerät.`,
    removed: (name) => `${name} wurde von diesem Gerät entfernt.`,
    full: 'Dieser Browser hat für Clef keinen Platz mehr. Entferne etwas, das hier liegt, und versuche es noch einmal.',
    incomplete: (name) => `Ein Teil von ${name} war nicht zu bekommen.`,
    none: 'Hier liegt noch nichts',
    noneText: 'Wähle „Auf diesem Gerät behalten“ im Menü eines Titels, eines Albums oder einer Playlist.',
    trackCount: (count) => plural(count, { one: '# Titel', other: '# Titel' }),
    progress: (percent) => `${percent} geholt`,
    waiting: 'Beginnt …',
    partly: 'Es liegt nicht alles davon hier.',
    goOn: 'Weiter',
    stop: 'Anhalten',
    used: (used) => `Clef belegt auf diesem Gerät ${used}.`,
    left: (left, quota) => `Der Browser gibt ihm noch ${left}, von insgesamt ${quota}.`,
    mayGo: 'Wird der Platz knapp, darf der Browser es entfernen.',
    stays: 'Der Browser entfernt es nicht von selbst.',
  },
});

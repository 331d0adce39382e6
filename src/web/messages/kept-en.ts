import type { Formats } from './formats.ts';

/** Words of what is kept on the device. */
export const keptEn = ({ plural }: Pick<Formats, 'plural'>) => ({
  kept: {
    title: 'On this device',
    lead: 'Kept here encrypted, and plays without the server.',
    keep: 'Keep on this device',
    remove: 'Remove from this device',
    take: 'Remove',
    removeOf: (name: string) => `Remove ${name} from this device`,
    began: (name: string) => `${name} is being kept on this device.`,
    done: (name: string) => `${name} is on this device.`,
    removed: (name: string) => `${name} was removed from this device.`,
    full: 'This browser has no more space for Clef. Remove something that is kept, and try again.',
    incomplete: (name: string) => `Some of ${name} could not be kept.`,
    none: 'Nothing is kept yet',
    noneText: 'Choose “Keep on this device” in the menu of a track, an album or a playlist.',
    trackCount: (count: number) => plural(count, { one: '# track', other: '# tracks' }),
    progress: (percent: string) => `${percent} fetched`,
    waiting: 'Begins…',
    partly: 'Not all of it is here.',
    goOn: 'Go on',
    stop: 'Stop',
    used: (used: string) => `Clef takes ${used} on this device.`,
    left: (left: string, quota: string) => `The browser gives it ${left} more, of ${quota} in all.`,
    mayGo: 'The browser may remove it when space runs short.',
    stays: 'The browser does not remove it by itself.',
  },
});

import type { Track } from '../../api/index.ts';

/** One entry of a playlist. A track may stand in it twice, so its id alone is no key. */
export interface Place {
  readonly key: string;
  readonly track: Track;
}

/** The n-th time of a track has the same key wherever it stands: a list that is reordered keeps its rows. */
export function placesOf(tracks: readonly Track[]): readonly Place[] {
  const times = new Map<string, number>();
  return tracks.map((track) => {
    const time = times.get(track.id) ?? 0;
    times.set(track.id, time + 1);
    return { key: `${track.id}:${time}`, track };
  });
}

/** The places after some places went to before or behind another. */
export function movePlaces(
  places: readonly Place[],
  moved: ReadonlySet<string>,
  target: string,
  side: 'before' | 'after' | 'on',
): readonly Place[] {
  const going = places.filter(({ key }) => moved.has(key));
  const at = places.findIndex(({ key }) => key === target) + (side === 'after' ? 1 : 0);
  const stays = ({ key }: Place) => !moved.has(key);
  return [...places.slice(0, at).filter(stays), ...going, ...places.slice(at).filter(stays)];
}

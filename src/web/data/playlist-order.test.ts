import { expect, test } from 'vitest';
import type { Track } from '../../api/index.ts';
import { movePlaces, placesOf } from './playlist-order.ts';

const placesFor = (ids: string) => placesOf(Array.from(ids, (id) => ({ id }) as Track));
const idsOf = (places: readonly { track: { id: string } }[]) => places.map(({ track }) => track.id).join('');

test('a track that stands in a playlist twice has two keys', () => {
  expect(placesFor('aba').map(({ key }) => key)).toEqual(['a:0', 'b:0', 'a:1']);
});

test('places go before or behind another, together and in their order', () => {
  const places = placesFor('abcde');
  expect(idsOf(movePlaces(places, new Set(['d:0']), 'a:0', 'before'))).toBe('dabce');
  expect(idsOf(movePlaces(places, new Set(['a:0', 'c:0']), 'e:0', 'after'))).toBe('bdeac');
  expect(idsOf(movePlaces(places, new Set(['b:0']), 'b:0', 'after'))).toBe('abcde');
});

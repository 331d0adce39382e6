import { useQueryClient } from '@tanstack/react-query';
import { albumQuery, artistQuery, playlistQuery } from '../data/queries.ts';
import { usePlayer } from '../player/use-player.ts';
import { tell } from '../shell/toasts.ts';
import { useMessages } from '../messages/use-messages.ts';
import { call } from '../data/client.ts';
import { routes, type Track } from '../../api/index.ts';

/** Plays things whose tracks may not be there yet. */
export function usePlayCollection() {
  const player = usePlayer();
  const queryClient = useQueryClient();
  const { told } = useMessages();

  function play(loading: Promise<readonly Track[]>, shuffled?: boolean): void {
    // The engine is loaded meanwhile, in the gesture that the browser asks for.
    player.warm().catch(() => undefined);
    loading.then(
      (tracks) => player.playTracks(tracks, 0, shuffled === undefined ? {} : { shuffled }),
      () => tell(told.failed),
    );
  }

  const albumTracks = async (id: string) => (await queryClient.ensureQueryData(albumQuery(id))).tracks;
  /** Every album of the artist, oldest first. */
  async function artistTracks(id: string): Promise<readonly Track[]> {
    const { albums } = await queryClient.ensureQueryData(artistQuery(id));
    const lists = await Promise.all(albums.map((album) => albumTracks(album.id)));
    return lists.flat().filter(({ artists }) => artists.some((credit) => credit.id === id));
  }
  const playlistTracks = async (id: string) => (await queryClient.ensureQueryData(playlistQuery(id))).tracks;

  return {
    albumTracks,
    artistTracks,
    playlistTracks,
    playAlbum: (id: string, shuffled?: boolean) => play(albumTracks(id), shuffled),
    playArtist: (id: string, shuffled?: boolean) => play(artistTracks(id), shuffled),
    playPlaylist: (id: string, shuffled?: boolean) => play(playlistTracks(id), shuffled),
    playAnything: (genre?: string) =>
      play(
        call(routes.randomTracks, { query: { count: '200', ...(genre !== undefined && { genre }) } }).then(
          ({ tracks }) => tracks,
        ),
      ),
  };
}

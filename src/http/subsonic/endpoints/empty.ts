import { documentEndpoint, type Endpoints } from '../endpoint.ts';

/** What Clef does not keep: players that look for it find nothing, and no error. */
export function emptyEndpoints(): Endpoints {
  return {
    getInternetRadioStations: documentEndpoint(() => ({
      internetRadioStations: { internetRadioStation: [] },
    })),
    getBookmarks: documentEndpoint(() => ({ bookmarks: { bookmark: [] } })),
    getPodcasts: documentEndpoint(() => ({ podcasts: { channel: [] } })),
    getShares: documentEndpoint(() => ({ shares: { share: [] } })),
  };
}

import { describe, expect, it } from 'vitest';
import { landingPage } from './landing-page.ts';

describe('the landing page', () => {
  const view = { serverAddress: 'https://music.example.org', isReady: true, isOpenToWatchers: false };

  it('says that Clef runs, and what to give a player', () => {
    const page = landingPage(view);
    expect(page).toContain('<h1>Clef is running</h1>');
    expect(page).toContain('<code>https://music.example.org</code>');
    expect(page).toContain('clef app-password create');
    expect(page).not.toContain('plain HTTP');
  });

  it('says what keeps listeners waiting or watched', () => {
    expect(landingPage({ ...view, isReady: false })).toContain('<h1>Clef is starting</h1>');
    expect(landingPage({ ...view, isOpenToWatchers: true })).toContain('plain HTTP');
  });

  it('writes an address out as text, whoever made it up', () => {
    const page = landingPage({ ...view, serverAddress: `http://x"><script>alert('1')</script>&` });
    expect(page).not.toContain('<script');
    expect(page).toContain('http://x&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;');
  });

  it('loads nothing from anywhere', () => {
    expect(landingPage(view)).not.toMatch(/\b(?:src|href|url)\b\s*[=(]/i);
  });
});

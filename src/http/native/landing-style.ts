/** The whole look of the landing page: no other file is loaded. */
export const landingStyle = `
:root{color-scheme:light dark;--ground:#f6f3ee;--glow:#fff;--ink:#211d2b;--soft:#625b70;--line:#dcd5ca;--card:#fffdfa;--field:#f3eee6;--accent:#7a3ff0;--good:#1d7f56;--wait:#a46400}
@media (prefers-color-scheme:dark){:root{--ground:#131019;--glow:#221a33;--ink:#f1edf7;--soft:#a79fb6;--line:#2f2840;--card:#1b1625;--field:#241d31;--accent:#b794ff;--good:#5fd3a2;--wait:#f0b65a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100svh;display:grid;place-items:center;padding:clamp(1.25rem,4vw,3rem);background:radial-gradient(70rem 40rem at 50% -12rem,var(--glow),transparent 70%) no-repeat,var(--ground);color:var(--ink);font:1rem/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{width:100%;max-width:36rem}
header{display:flex;align-items:center;gap:1.1rem;margin-bottom:clamp(1.5rem,5vw,2.25rem)}
.mark{flex:none;width:4rem;height:4rem;padding:.55rem;border-radius:1.15rem;background:linear-gradient(145deg,#8d5bff,#4c1fae);color:#fff;box-shadow:0 .6rem 1.6rem -.5rem #6a35d680}
h1{margin:0;font-size:clamp(1.7rem,6vw,2.15rem);line-height:1.15;letter-spacing:-.022em;text-wrap:balance}
.state{display:flex;align-items:baseline;gap:.5rem;margin:.3rem 0 0;color:var(--soft)}
.state::before{content:"";flex:none;width:.6rem;height:.6rem;border-radius:50%;background:var(--good)}
.waiting::before{background:var(--wait)}
section{padding:clamp(1.25rem,4.5vw,1.9rem);border:1px solid var(--line);border-radius:1.25rem;background:var(--card);box-shadow:0 1px 2px #0000000a,0 1.4rem 3rem -2rem #00000040}
h2{margin:0 0 1.1rem;font-size:1.12rem;letter-spacing:-.01em}
ol{margin:0;padding:0;list-style:none;counter-reset:step}
li{position:relative;padding:0 0 1.3rem 2.6rem;counter-increment:step}
li:last-child{padding-bottom:0}
li::before{content:counter(step);position:absolute;left:0;top:0;width:1.65rem;height:1.65rem;border-radius:50%;display:grid;place-items:center;font-size:.85rem;font-weight:600;color:var(--accent);border:1.5px solid currentColor}
li:not(:last-child)::after{content:"";position:absolute;left:.8rem;top:2.05rem;bottom:.35rem;width:1.5px;background:var(--line)}
p{margin:0}
.hint{margin-top:.2rem;color:var(--soft);font-size:.925rem}
code{display:block;margin-top:.6rem;padding:.7rem .9rem;border-radius:.7rem;background:var(--field);font:500 .9rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;-webkit-user-select:all;user-select:all}
@media (max-width:26rem){li{padding-left:2.25rem}code{padding:.65rem .7rem;font-size:.82rem}}
em{font-style:normal;color:var(--accent)}
.note{margin-top:1.2rem;padding:.75rem .95rem;border-radius:.8rem;border:1px solid var(--line);color:var(--soft);font-size:.925rem}
footer{margin-top:1.5rem;color:var(--soft);font-size:.9rem;text-align:center;text-wrap:balance}
`;

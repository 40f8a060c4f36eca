// The look of the HTML report: light and dark by the reader's preference, colours that stay apart for colour-blind eyes and keep a
// contrast of 3 to 1 against their background; and how it prints.

/** Class of each action in charts and tables. */
export const ACTION_CLASS = {
  XDP_PASS: 'pass',
  XDP_DROP: 'drop',
  XDP_TX: 'tx',
  XDP_REDIRECT: 'redirect',
  XDP_ABORTED: 'aborted',
  invalid: 'invalid',
  dropped: 'lost',
} as const;

/** The style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1c2430; --dim: #596474; --line: #d5dae1; --link: #0b5cad;
  --pass: #1a6ba3; --drop: #b34700; --tx: #0a7352; --redirect: #8d4a9c; --aborted: #b01e3c; --invalid: #6b5300; --lost: #616a77;
  --heat: 200, 80, 10;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --panel: #1b212a; --ink: #e6eaf0; --dim: #a2adbb; --line: #343d4a; --link: #7db8f2;
    --pass: #4d9fdb; --drop: #ee8540; --tx: #35b98c; --redirect: #c48ad1; --aborted: #f0647f; --invalid: #c9a53a; --lost: #8f99a7;
    --heat: 238, 133, 64;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1rem 0 .5rem; }
p { margin: .25rem 0 .75rem; }
.dim { color: var(--dim); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; margin: 1rem 0; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 1rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
.tiles b { display: block; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.barcell { width: 30%; min-width: 8rem; padding-right: 0; }
.bar { display: flex; height: .9rem; margin-top: .28rem; }
.bar i { display: block; height: 100%; min-width: 1px; background: currentColor; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
code, pre, .code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
.action { font-weight: 600; white-space: nowrap; }
.pass { color: var(--pass); fill: var(--pass); } .drop { color: var(--drop); fill: var(--drop); }
.tx { color: var(--tx); fill: var(--tx); } .redirect { color: var(--redirect); fill: var(--redirect); }
.aborted { color: var(--aborted); fill: var(--aborted); } .invalid { color: var(--invalid); fill: var(--invalid); }
.lost { color: var(--lost); fill: var(--lost); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; background: currentColor; margin-right: .4rem; vertical-align: -.08rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.legend li > span:last-child { color: var(--ink); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, "Liberation Sans", sans-serif; }
svg .dim { fill: var(--dim); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .box { fill: var(--paper); stroke: var(--dim); stroke-width: 1.5; }
svg .arrow { stroke: var(--dim); stroke-width: 1.5; fill: none; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
.source { border-spacing: 0; }
.source td { border: 0; padding: 0 .75rem 0 0; white-space: pre; tab-size: 4; }
.source tr.never td { background: repeating-linear-gradient(135deg, transparent 0 6px, rgba(128, 128, 128, .18) 6px 8px); }
.source tr.gap td { color: var(--dim); line-height: 1; }
.warning { border-left: 4px solid var(--aborted); padding-left: .75rem; }
footer { color: var(--dim); margin-top: 1.5rem; }
.place { min-width: 16rem; }
@media (max-width: 40rem) { body { padding: .75rem; } section { padding: .75rem; } .barcell { display: none; } th, td { padding-right: .5rem; } }
@media print {
  body { max-width: none; padding: 0; font-size: 11px; }
  nav, .skip { display: none; }
  section { break-inside: avoid-page; background: none; }
  section.long { break-inside: auto; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .source td { white-space: pre-wrap; }
}
`;

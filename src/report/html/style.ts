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
  --paper: #ffffff; --panel: #f6f7f9; --ink: #1c2430; --dim: #596474; --line: #d8dde4; --link: #0b5cad; --soft: #e9edf2;
  --pass: #1a6ba3; --drop: #b34700; --tx: #0a7352; --redirect: #8d4a9c; --aborted: #b01e3c; --invalid: #6b5300; --lost: #616a77;
  --hot: 214, 84, 10;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --panel: #1a2029; --ink: #e6eaf0; --dim: #a2adbb; --line: #333c49; --link: #7db8f2; --soft: #262e3a;
    --pass: #4d9fdb; --drop: #ee8540; --tx: #35b98c; --redirect: #c48ad1; --aborted: #f0647f; --invalid: #c9a53a; --lost: #8f99a7;
    --hot: 238, 133, 64;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 2; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 1rem 0 .5rem; }
h3 .dim { font-weight: 400; font-size: .85rem; }
p { margin: .25rem 0 .75rem; }
.dim { color: var(--dim); font-weight: 400; }
nav { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--line); margin: 0 0 1rem; }
nav ul { list-style: none; display: flex; gap: .1rem; padding: .35rem 0; margin: 0; overflow-x: auto; }
nav a { display: block; padding: .2rem .6rem; border-radius: .4rem; text-decoration: none; white-space: nowrap; }
nav a:hover { background: var(--soft); }
section { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.35rem; margin: 0 0 1rem; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 0 2rem; }
.columns > div { min-width: 0; }
.columns h3 { margin-top: 0; }
.fate { margin: 1rem 0; }
.fate .bar { height: 1.5rem; border-radius: .4rem; overflow: hidden; margin: 0; gap: 2px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .9rem; color: var(--dim); }
.tiles b { display: block; font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; color: var(--ink); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--dim); padding-bottom: .25rem; }
th, td { text-align: left; padding: .25rem 1.1rem .25rem 0; vertical-align: top; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
th { font-weight: 600; white-space: nowrap; }
thead th { color: var(--dim); font-weight: 400; font-size: .87em; }
tbody tr:last-child > td, tbody tr:last-child > th { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.barcell { width: 100%; min-width: 7rem; }
.place { min-width: 22rem; width: 70%; }
table:has(.place) .barcell { width: 30%; }
.bar { display: flex; height: .85rem; margin-top: .32rem; }
.bar i { display: block; height: 100%; min-width: 1px; background: currentColor; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
code, pre, .code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
.action { font-weight: 600; white-space: nowrap; }
.plain, .hot { color: var(--pass); fill: var(--pass); } .hot { color: rgb(var(--hot)); }
.pass { color: var(--pass); fill: var(--pass); } .drop { color: var(--drop); fill: var(--drop); }
.tx { color: var(--tx); fill: var(--tx); } .redirect { color: var(--redirect); fill: var(--redirect); }
.aborted { color: var(--aborted); fill: var(--aborted); } .invalid { color: var(--invalid); fill: var(--invalid); }
.lost { color: var(--lost); fill: var(--lost); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: .5rem 0 0; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem; background: currentColor; margin-right: .4rem; vertical-align: -.08rem; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.chart { display: grid; grid-template: 13rem 1.6rem / 4.2rem minmax(0, 1fr); margin: .75rem 0 .25rem; font-size: .8rem; line-height: 1; color: var(--dim); font-variant-numeric: tabular-nums; }
.chart svg { display: block; width: 100%; height: 100%; overflow: visible; }
.chart .grid { stroke: var(--line); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.chart g:hover rect { opacity: .75; }
.chart .y, .chart .x { position: relative; }
.chart .x { grid-column: 2; }
.chart .y span { position: absolute; right: .6rem; transform: translateY(50%); }
.chart .x span { position: absolute; top: .5rem; transform: translateX(-50%); white-space: nowrap; }
.chart .x .first { transform: none; } .chart .x .last { transform: translateX(-100%); }
.pipeline, .pipeline ul { list-style: none; margin: 0; padding: 0; }
.pipeline { display: flex; gap: 0; margin: .5rem 0 1rem; }
.pipeline > li { flex: 1 1 0; min-width: 0; display: grid; grid-template-columns: minmax(0, 1fr) minmax(1.5rem, .35fr); grid-template-rows: 4.6rem auto; }
.pipeline > li.ends { display: block; flex: 0 1 16rem; padding-left: .75rem; }
.stage { border: 2px solid var(--dim); border-radius: .6rem; background: var(--paper); display: flex; flex-direction: column; justify-content: center; padding: 0 .8rem; overflow: hidden; }
.stage b { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.stage span { color: var(--dim); font-variant-numeric: tabular-nums; }
.flow { align-self: center; height: calc(2px + 46px * var(--flow)); background: var(--pass); opacity: .55; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.losses { padding: .35rem .5rem 0 .9rem; border-left: 4px solid var(--line); margin-left: .8rem; }
.pipeline h3 { margin: 0 0 .2rem; font-size: .87rem; font-weight: 400; color: var(--dim); }
.pipeline b { font-variant-numeric: tabular-nums; }
.losses span, .ends span { color: var(--ink); }
.ends .dim { font-size: .87rem; }
.none, .none span { color: var(--dim); }
.answer { white-space: nowrap; }
.yes, .no { font-weight: 600; } .yes { color: var(--tx); } .no { color: var(--drop); }
.yes::before { content: "\\2713\\00a0" / ""; } .no::before { content: "\\2717\\00a0" / ""; }
#offload th { white-space: normal; width: 26%; } #offload th:last-child { width: 52%; }
.reasons { margin: 0; padding-left: 1.1rem; }
details { margin: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
.contents { max-height: 24rem; overflow: auto; border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .8rem; background: var(--paper); }
.contents th { font-weight: 400; white-space: normal; }
.contents th:first-child:not(:last-child) { width: 1%; min-width: 8rem; }
#source .scroll { background: var(--paper); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .75rem; }
#source > .scroll { background: none; border: 0; padding: 0; }
.source td { border: 0; padding: 0 1.1rem 0 0; white-space: pre; tab-size: 4; }
.source tbody tr { background: rgba(var(--hot), var(--heat, 0)); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.source tr.never td { background: repeating-linear-gradient(135deg, transparent 0 6px, rgba(128, 128, 128, .18) 6px 8px); }
.source tr.gap td { color: var(--dim); line-height: 1; }
.source tr:target { outline: 2px solid var(--link); outline-offset: -1px; }
.source th { font: inherit; }
.chip { margin-left: 1.2rem; padding: 0 .45rem; border: 1px solid currentColor; border-radius: .6rem; background: var(--paper); }
.warning { border-left: 4px solid var(--aborted); padding-left: .75rem; }
footer { color: var(--dim); margin-top: 1.5rem; }
@media (max-width: 48rem) {
  body { padding: .75rem; } section { padding: .75rem; } th, td { padding-right: .7rem; }
  .barcell { display: none; }
  table:has(.place), table:has(.place) :is(caption, thead, tbody) { display: block; }
  table:has(.place) tr { display: flex; flex-wrap: wrap; border-bottom: 1px solid var(--line); }
  table:has(.place) :is(th, td) { border: 0; } .place { min-width: 0; width: 100%; }
  table:has(.place) thead th:nth-last-child(2) { display: none; }
  .chart .x span:nth-child(even) { display: none; }
  .chart { grid-template-columns: 3.2rem minmax(0, 1fr); }
  .pipeline { flex-direction: column; }
  .pipeline > li { grid-template: auto auto 1.4rem / minmax(0, 1fr); }
  .stage { padding: .4rem .8rem; }
  .losses { grid-row: 2; }
  .flow { grid-row: 3; height: 100%; width: calc(2px + 46px * var(--flow)); margin-left: 1.5rem; }
  .pipeline > li.ends { flex: none; padding: .4rem 0 0; }
}
@media print {
  :root { --paper: #ffffff; --panel: #ffffff; --ink: #000000; --dim: #444b55; --line: #c8ccd2; --link: #000000; }
  body { max-width: none; padding: 0; font-size: 11px; }
  nav, .skip { display: none; }
  section { break-inside: avoid-page; background: none; border-width: 1px 0 0; border-radius: 0; padding: .75rem 0; }
  section.long { break-inside: auto; }
  tr, h2, h3 { break-inside: avoid; } h2, h3, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
  details.numbers:not([open]) { display: none; }
  .contents { max-height: none; border: 0; padding: 0; }
  .source td { white-space: pre-wrap; }
  .chart { grid-template-rows: 9rem 1.6rem; }
}
`;

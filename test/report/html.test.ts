// The HTML report: nothing in it can become markup that is not meant to be, it loads nothing, and a browser shows it to everyone.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HtmlExtras } from '../../src/report/html/html.js';
import { htmlReport } from '../../src/report/html/html.js';
import { html } from '../../src/report/html/markup.js';
import type { Report } from '../../src/report/report.js';
import { Traffic } from '../../src/report/traffic.js';
import { escapeXml } from '../../src/report/xml.js';
import { BROWSER_PATH, openBrowser } from '../support/browser.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const HOSTILE = `</script></style><script>alert(1)</script><img src=x onerror="alert('2')">&amp;\u0000`;
const files = temporaryFolder();
const directory = process.cwd();

beforeAll(async () => {
  process.chdir(ROOT);
  const captures = ['-r', 'captures/mixed.pcap', '-r', 'captures/odd.pcap'];
  for (const name of ['cidr-firewall', 'tail-calls', 'map-zoo']) {
    await xdpsim(['replay', `test/programs/${name}.o`, ...captures, '-q', '--html', files.path(`${name}.html`)]);
  }
  const card = ['--nic', 'mlx5-cx5-100g', '--rate', 'line', '--queues', '2', '--ring', '64'];
  await xdpsim(['replay', 'test/programs/icmp-echo.o', ...captures, '-q', ...card, '--html', files.path('card.html')]);
});
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

/** A report in which every text is hostile. */
function hostileReport(): Report {
  const tally = { packets: 3, bytes: 180 };
  const counts = { XDP_ABORTED: 1, XDP_DROP: 1, XDP_PASS: 1, XDP_TX: 1, XDP_REDIRECT: 1, invalid: 1, dropped: 1 };
  return {
    object: HOSTILE,
    program: { name: HOSTILE, section: HOSTILE },
    capture: { files: [HOSTILE], packets: 21, bytes: 1260 },
    actions: {
      XDP_ABORTED: tally,
      XDP_DROP: tally,
      XDP_PASS: tally,
      XDP_TX: tally,
      XDP_REDIRECT: tally,
      invalid: tally,
    },
    drops: [{ stage: HOSTILE, reason: HOSTILE, ...tally }],
    faults: 1,
    instructions: 100,
    programs: [{ name: HOSTILE, section: HOSTILE, runs: 3 }],
    protocols: [{ protocol: HOSTILE, ...tally, actions: counts }],
    queues: [{ queue: 0, ...tally, actions: counts }],
    reasons: [
      {
        action: 'XDP_DROP',
        ...tally,
        program: HOSTILE,
        function: HOSTILE,
        slot: 1,
        source: { file: HOSTILE, line: 1, text: HOSTILE },
      },
    ],
    sizes: [{ from: 0, below: 64, count: 3 }],
    instructionsPerPacket: [{ from: 1, below: 2, count: 3 }],
    time: { startNanos: '1700000000000000000', intervalNanos: '1000000', actions: { XDP_DROP: [3], dropped: [1] } },
    talkers: { dropped: [{ address: HOSTILE, ...tally }], passed: [], isApproximate: true },
    maps: [
      {
        name: HOSTILE,
        type: 'hash',
        entries: 1,
        maxEntries: 2,
        dump: [{ formatted: { key: HOSTILE, value: HOSTILE } }],
      },
    ],
    events: [{ kind: 'perf', map: HOSTILE, events: 1, bytes: 4 }],
    labels: {
      packets: 3,
      lost: 1,
      truePositives: 1,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 0,
      precision: 0.5,
      recall: null,
      profiles: [{ label: 'attack', profile: HOSTILE, packets: 3, stopped: 1, lost: 1 }],
    },
    nic: { name: HOSTILE, title: HOSTILE },
    options: {
      engine: 'interpreter',
      verify: true,
      seed: 1,
      cpus: 1,
      instructionBudget: 1,
      count: null,
      maps: { [HOSTILE]: HOSTILE },
      strict: false,
      btf: null,
      kconfig: null,
      set: [HOSTILE],
      maxEntries: [],
      host: null,
      lenient: false,
    },
    warnings: [HOSTILE],
    performance: null,
  };
}

const EXTRAS: HtmlExtras = {
  version: HOSTILE,
  source: [
    {
      name: HOSTILE,
      functions: [{ name: HOSTILE, line: 1, count: 1 }],
      lines: [
        {
          line: 1,
          text: HOSTILE,
          count: 3,
          instructions: 9,
          branches: [{ program: HOSTILE, slot: 1, taken: 1, notTaken: 0 }],
        },
        { line: 9, text: HOSTILE, count: 0, instructions: 0, branches: [] },
      ],
    },
  ],
  offload: [
    { nic: HOSTILE, title: HOSTILE, mode: HOSTILE, isAccepted: false, reasons: [{ message: HOSTILE, place: HOSTILE }] },
  ],
};

const hostilePage = () => [...htmlReport(hostileReport(), EXTRAS)].join('');

describe('the page', () => {
  it('escapes whatever comes from files', () => {
    const page = hostilePage();
    expect(/<script|<img|onerror="/.exec(page)).toBeNull();
    expect(page.includes('\0')).toBe(false);
    expect(page.match(/<\/style>/g)).toHaveLength(1);
    expect(page.split(escapeXml(HOSTILE)).length).toBeGreaterThan(20);
  });

  it('escapes values of templates, in lists too, unless they are markup', () => {
    expect(html`<p>${'<b>'}${['&', html`<i>${'"'}</i>`]}${undefined}${false}${7}</p>`.text).toBe(
      '<p>&lt;b&gt;&amp;<i>&quot;</i>7</p>',
    );
  });

  it('refers to nothing outside itself', () => {
    for (const name of ['cidr-firewall', 'tail-calls', 'map-zoo']) {
      const page = readFileSync(files.path(`${name}.html`), 'utf8');
      expect(/https?:|src=|@import|url\((?!#)/.exec(page)).toBeNull();
      expect(page.includes('content="default-src &#39;none&#39;; style-src')).toBe(true);
    }
  });

  it('has every id once, and every reference leads to one', () => {
    for (const page of [hostilePage(), readFileSync(files.path('cidr-firewall.html'), 'utf8')]) {
      const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(match => match[1]!);
      expect(new Set(ids).size).toBe(ids.length);
      const references = [...page.matchAll(/(?:href="#|labelledby=")([^"]+)"/g)].flatMap(match => match[1]!.split(' '));
      expect(references.filter(id => !ids.includes(id))).toEqual([]);
    }
  });

  it('stays small however many packets, sources and protocols there were', () => {
    const traffic = new Traffic();
    const bytes = new Uint8Array(60);
    for (let number = 1; number <= 100_000; number++) {
      bytes.set([number & 255, (number >> 8) & 255], 12);
      if (number % 2 === 0) bytes.set([8, 0, 0x45], 12);
      bytes.set([number & 255, (number >> 8) & 255, number >> 16], 26);
      const packet = {
        number,
        timestampNanos: BigInt(number) * 1_000_000_000n,
        bytes,
        originalLengthBytes: bytes.length,
        queue: number % 5000,
        dropReason: 'no',
      };
      traffic.note(packet, undefined, undefined);
    }
    const summary = traffic.summary();
    expect(summary.protocols.length).toBeLessThanOrEqual(1001);
    expect(summary.protocols.reduce((sum, { packets }) => sum + packets, 0)).toBe(100_000);
    expect(summary.queues.length).toBeLessThanOrEqual(1001);
    const page = [...htmlReport({ ...hostileReport(), ...summary, reasons: null }, EXTRAS)].join('');
    expect(page.length).toBeLessThan(2_000_000);
  });
});

describe.skipIf(BROWSER_PATH === undefined)('in a browser (needs chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    writeFileSync(files.path('hostile.html'), hostilePage());
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  /** Opens a page; whatever it asks for or complains about is kept. */
  async function open(name: string, options: Parameters<Browser['newPage']>[0] = {}) {
    const page: Page = await browser.newPage(options);
    const problems: string[] = [];
    page.on('console', message => problems.push(message.text()));
    page.on('pageerror', error => problems.push(error.message));
    page.on('dialog', dialog => problems.push(dialog.message()));
    page.on('request', request => {
      if (!request.url().startsWith('file:')) problems.push(request.url());
    });
    await page.goto(pathToFileURL(files.path(`${name}.html`)).href);
    return { page, problems };
  }

  it.each(['cidr-firewall', 'tail-calls', 'map-zoo', 'card', 'hostile'])(
    '%s opens without complaint or request',
    async name => {
      const { page, problems } = await open(name);
      expect(await page.locator('section').count()).toBeGreaterThan(8);
      expect(problems).toEqual([]);
      await page.close();
    },
  );

  it('shows the numbers of the report', async () => {
    const { page } = await open('cidr-firewall');
    const row = page.locator('#actions tr', { hasText: 'XDP_DROP' });
    expect(await row.innerText()).toMatch(/XDP_DROP\s+693\s+31\.5 %/);
    expect(await page.locator('#reasons tr', { hasText: 'denied_ipv4' }).nth(1).innerText()).toContain('560');
    expect(await page.locator('#pipeline').innerText()).toContain('shorter than 14 bytes');
    await page.close();
  });

  it('shows what a card did in simulated time: latency, load of parts and queues, losses in the pipeline', async () => {
    const { page } = await open('card');
    expect(await page.getByRole('img', { name: 'Frames by latency' }).count()).toBe(1);
    expect(await page.locator('#timing tr', { hasText: 'host core 1' }).innerText()).toMatch(/\d %/);
    expect(await page.locator('#timing').innerText()).toMatch(/Receive queues and their cores/);
    expect(await page.locator('#pipeline').innerText()).toMatch(/no receive descriptor/);
    await page.close();
  });

  it.each([1280, 390])('fits a window of %i pixels without scrolling sideways', async width => {
    const { page } = await open('cidr-firewall', { viewport: { width, height: 800 } });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBe(0);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('has text and colours that stand out in %s', async colorScheme => {
    const { page } = await open('cidr-firewall', { colorScheme });
    const contrasts: [string, number][] = await page.evaluate(CONTRASTS);
    expect(contrasts.length).toBeGreaterThan(8);
    for (const [selector, ratio] of contrasts) {
      expect(ratio, selector).toBeGreaterThanOrEqual(4.5);
    }
    await page.close();
  });

  it('is reached with the keyboard: first the skip link, then the sections, then what opens', async () => {
    const { page } = await open('cidr-firewall');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.getAttribute("href")')).toBe('#actions');
    await page.locator('#maps summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#maps details').first().getAttribute('open')).toBe('');
    await page.close();
  });

  it('has a name for every chart, a caption for every table and one heading of the first level', async () => {
    const { page } = await open('cidr-firewall');
    expect(await page.locator('svg[role=img]').count()).toBe(await page.getByRole('img', { name: /./ }).count());
    expect(await page.locator('table:not(:has(caption))').count()).toBe(0);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.getByRole('navigation', { name: 'Sections' }).count()).toBe(1);
    await page.close();
  });

  it('prints', async () => {
    const { page } = await open('cidr-firewall');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(20_000);
    await page.close();
  });
});

/** Runs in the page: contrast of the text colour of some elements against their background. WCAG 2.2, relative luminance. */
const CONTRASTS = `(() => {
  const channels = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = color => {
    const [r, g, b] = color.slice(0, 3).map(value => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    if (element === null) return [255, 255, 255];
    const [r, g, b, alpha = 1] = channels(getComputedStyle(element).backgroundColor);
    const below = alpha === 1 ? [0, 0, 0] : background(element.parentElement);
    return [r, g, b].map((value, at) => value * alpha + below[at] * (1 - alpha));
  };
  const selectors = ['h1', 'header p', '#actions td.n', '#time .dim', '.action.pass', '.action.drop', '.action.tx', '.action.redirect', '.action.aborted', '.chip.drop', '.yes', '.no', 'nav a', 'summary', '#source tr:not(.never) td'];
  return selectors.map(selector => {
    const element = document.querySelector(selector);
    const [a, b] = [luminance(channels(getComputedStyle(element).color)), luminance(background(element))].sort((x, y) => y - x);
    return [selector, (a + 0.05) / (b + 0.05)];
  });
})()`;

// Reports without the command line: what the package exports is enough to run a capture and to print what became of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as xdpsim from '../../src/index.js';
import { ROOT } from '../support/terminal.js';

const OBJECT = 'test/programs/cidr-firewall.o';
const CAPTURE = 'captures/mixed.pcap';

/** A replay as a program of one's own would do it. */
async function replay() {
  const object = xdpsim.loadObject(new Uint8Array(readFileSync(join(ROOT, OBJECT))), { fileName: OBJECT });
  const program = object.programs[0]!;
  const options = { ...xdpsim.DEFAULT_ENGINE_OPTIONS, observe: { ways: true, counts: true } };
  const session = xdpsim.createInterpreter().open(object, options);
  const decisions = new xdpsim.Decisions(object);
  const traffic = new xdpsim.Traffic();
  const lines: string[] = [];
  const accounting = await xdpsim.simulate({
    session,
    program: program.name,
    model: xdpsim.TEST_RUN_MODEL,
    sources: [await xdpsim.openCapture(join(ROOT, CAPTURE))],
    onPacket(packet, result) {
      const decision = result?.way === undefined ? undefined : decisions.of(result.way);
      traffic.note(packet, result, decision);
      lines.push(xdpsim.packetLine(packet, result, decision, false));
    },
  });
  const { packets, bytes, ...counters } = xdpsim.countersOf(accounting);
  const report: xdpsim.Report = {
    object: OBJECT,
    program: { name: program.name, section: program.section },
    capture: { files: [CAPTURE], packets, bytes },
    ...counters,
    programs: xdpsim.programRuns(session.counts),
    ...traffic.summary(),
    maps: [],
    nic: null,
    options: {
      engine: 'interpreter',
      verify: false,
      seed: 1,
      cpus: 1,
      instructionBudget: 16_000_000,
      count: null,
      maps: {},
      host: null,
      strict: false,
      btf: null,
      kconfig: null,
      set: [],
      maxEntries: [],
      lenient: false,
    },
    warnings: [],
    performance: null,
  };
  return { report, lines, counts: session.counts! };
}

describe('the library', () => {
  it('makes the reports of a run, its coverage and its page', async () => {
    const { report, lines, counts } = await replay();
    expect(report.actions.XDP_DROP.packets).toBe(680);
    expect(xdpsim.formatReport(report, 'csv')).toContain('cidr-firewall.bpf.c:114,XDP_DROP,560');
    expect(lines).toHaveLength(2153);
    const coverage = xdpsim.coverageOf({ object: OBJECT, captures: [CAPTURE], packets: 2153 }, counts);
    expect(xdpsim.lcovText(coverage)).toContain('SF:test/programs/cidr-firewall.bpf.c');
    const extras = { version: '1', source: xdpsim.annotateSource(counts) };
    expect([...xdpsim.htmlReport(report, extras)].join('')).toContain('<h1>cidr_firewall</h1>');
  });
});

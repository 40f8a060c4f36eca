// Testing without the command line: what the package exports is enough to run specs, fuzz, make traffic and score a filter by its labels.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as xdpsim from '../../src/index.js';
import { PROGRAMS } from './run.js';

const object = xdpsim.loadObject(new Uint8Array(readFileSync(join(PROGRAMS, 'cidr-firewall.o'))), {
  fileName: 'cidr-firewall.o',
});

describe('the exports of the library', () => {
  it('score a filter by labelled traffic', () => {
    const filter = new xdpsim.Filter(new Uint8Array(readFileSync(join(PROGRAMS, 'cidr-firewall.o'))));
    const labels = new xdpsim.LabelCounter();
    const mix: readonly xdpsim.MixPart[] = [
      { profile: 'dns', weight: 1 },
      { profile: 'syn-flood', weight: 1 },
    ];
    for (const { bytes, label, profile } of xdpsim.generateTraffic({
      mix,
      seed: 1,
      packets: 50,
      packetsPerSecond: 1e5,
    }))
      labels.add({ label, profile }, filter.run(bytes).returnValue === 1);
    expect(labels.score()).toMatchObject({ packets: 50, precision: 1 });
  });

  it('fuzz a filter', () => {
    const target = {
      object,
      program: 'cidr_firewall',
      engineOptions: xdpsim.DEFAULT_ENGINE_OPTIONS,
      prepare: () => undefined,
    };
    const invariants = [xdpsim.parseInvariant('any: never TX')];
    const seeds = [[xdpsim.packetOperation(new Uint8Array(60))]];
    const campaign = new xdpsim.Campaign({ target, invariants, seed: 1, fillsMaps: true, seeds });
    for (let step = 0; step < 50; step++) campaign.step();
    campaign.close();
    expect(campaign.findings).toEqual([]);
  });

  it('report on the instruction set', () => {
    const report = xdpsim.conformance([{ engine: xdpsim.createInterpreter() }]);
    expect(xdpsim.isConforming(report)).toBe(true);
    expect(xdpsim.conformanceText(report)).toContain('RFC 9669');
  });
});

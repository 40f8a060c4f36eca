// Labels, and how well a filter does by them.
import { describe, expect, it } from 'vitest';
import { LabelCounter, labelComment, labelOf } from '../../src/traffic/labels.js';

const attack = { label: 'attack', profile: 'syn-flood' } as const;
const benign = { label: 'benign', profile: 'dns' } as const;

describe('labels', () => {
  it('are read as they are written', () => expect(labelOf(['seen', labelComment(attack)])).toEqual(attack));
  it('are not read from other comments', () => expect(labelOf(['label=odd profile=x'])).toBeUndefined());
});

describe('LabelCounter', () => {
  it('has no score without labels', () => expect(new LabelCounter().score()).toBeUndefined());

  it('counts what was rightly and wrongly stopped, and what it never saw', () => {
    const counter = new LabelCounter();
    const verdicts = [true, true, true, false];
    for (const isStopped of verdicts) counter.add(attack, isStopped);
    for (const isStopped of [true, false, false, false, false]) counter.add(benign, isStopped);
    for (let lost = 0; lost < 2; lost++) counter.addLost(benign);
    expect(counter.score()).toEqual({
      packets: 9,
      lost: 2,
      truePositives: 3,
      falsePositives: 1,
      falseNegatives: 1,
      trueNegatives: 4,
      precision: 0.75,
      recall: 0.75,
      profiles: [
        { ...attack, packets: 4, stopped: 3, lost: 0 },
        { ...benign, packets: 5, stopped: 1, lost: 2 },
      ],
    });
  });

  it('gives no precision where nothing was stopped, no recall where nothing was to be', () => {
    const counter = new LabelCounter();
    counter.add(benign, false);
    expect(counter.score()).toMatchObject({ precision: null, recall: null });
  });
});

// The models of the package: valid, complete, and without a figure whose origin nobody knows. And what a wrong model is told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODES, parseNicModel, sourceOf, TEST_RUN_MODEL } from '../../src/nic/model.js';
import { MODEL_SECTIONS, type Section } from '../../src/nic/model-fields.js';
import { nicModelSchema } from '../../src/nic/model-schema.js';
import { RULES } from '../../src/nic/offload/rules.js';
import { InputError } from '../../src/support/errors.js';
import { expectGoldenAt } from '../support/golden-file.js';
import { schemaProblem } from '../support/json-schema.js';
import { MODEL_FOLDER, MODEL_NAMES, modelFile, modelNamed } from '../support/nic-models.js';

describe.each(MODEL_NAMES)('%s', name => {
  it('is valid, named like its file, and points editors to the schema', () => {
    expect(modelNamed(name).name).toBe(name);
    expect(JSON.parse(modelFile(name))).toMatchObject({ $schema: './schema.json' });
  });

  it('fits the published schema', () => {
    expect(schemaProblem(nicModelSchema(), JSON.parse(modelFile(name)))).toBeUndefined();
  });

  it('has a source beside every figure', () => {
    const { provenance } = modelNamed(name);
    const figures = figuresIn(JSON.parse(modelFile(name)));
    expect(figures.filter(({ hasSource }) => !hasSource).map(({ path }) => path)).toEqual([]);
    expect(figures.filter(({ path }) => !provenance.has(path)).map(({ path }) => path)).toEqual([]);
    expect([...provenance.values()].filter(({ source }) => source.trim().length < 3)).toEqual([]);
  });

  it('has a source for every value that it ends up with, inherited ones and those in groups too', () => {
    const { provenance, ...model } = modelNamed(name);
    const sections: Readonly<Record<string, Section>> = MODEL_SECTIONS;
    const paths = Object.entries(model as unknown as Record<string, object>).flatMap(([section, values]) => {
      const kind = sections[section];
      if (kind === undefined) return [];
      if (kind.named !== true) return Object.keys(values).map(figure => `${section}.${figure}`);
      return Object.entries(values).flatMap(([group, figures]) =>
        Object.keys(figures).map(figure => `${section}.${group}.${figure}`),
      );
    });
    expect(paths.toSorted()).toEqual([...provenance.keys()].toSorted());
  });

  it('marks as unverified what its source calls a guess', () => {
    const { provenance } = modelNamed(name);
    const guesses = [...provenance].filter(([, { source }]) =>
      /guess|assumed|common figure|taken over|not published/.test(source),
    );
    expect(guesses.filter(([, { isUnverified }]) => !isUnverified).map(([path]) => path)).toEqual([]);
  });
});

interface FoundFigure {
  readonly path: string;
  readonly hasSource: boolean;
}

/** The figures of a file, found without the reader: whatever is not `source` or `unverified` in a section. */
function figuresIn(file: Record<string, unknown>): FoundFigure[] {
  const sections: Readonly<Record<string, Section>> = MODEL_SECTIONS;
  return Object.entries(file).flatMap(([name, value]) => {
    const section = sections[name];
    if (section === undefined) return [];
    const groups = section.named === true ? Object.entries(value as object) : [[undefined, value] as const];
    return groups.flatMap(([group, fields]) =>
      figuresOfGroup([name, group].filter(part => part !== undefined).join('.'), fields as Record<string, unknown>),
    );
  });
}

function figuresOfGroup(path: string, group: Record<string, unknown>): FoundFigure[] {
  const own = (value: unknown) => typeof value === 'object' && value !== null && 'source' in value;
  return Object.entries(group)
    .filter(([key]) => key !== 'source' && key !== 'unverified')
    .map(([key, value]) => ({ path: `${path}.${key}`, hasSource: own(value) || typeof group.source === 'string' }));
}

describe('the models', () => {
  it('are those that the README promises', () => {
    expect(MODEL_NAMES).toEqual(
      [
        ...['nfp-agilio-open', 'nfp-agilio-ebpf', 'nfp-research', 'hxdp-netfpga', 'hbpf', 'netdevsim', 'mlx5-cx5-100g'],
        ...['i40e-xl710-40g', 'ice', 'ixgbe', 'bnxt', 'ena', 'virtio-net', 'veth', 'generic-skb', 'line-rate'],
        ...['linux-host', 'test-run'],
      ].sort(),
    );
  });

  it('inherit what they do not state, and only that', () => {
    const [open, closed] = [modelNamed('nfp-agilio-open'), modelNamed('nfp-agilio-ebpf')];
    expect(closed.ancestors).toEqual(['nfp-agilio-open']);
    expect(closed.engine).toEqual(open.engine);
    expect(closed.limits).toEqual({ ...open.limits, nativeInstructions: 2800 });
    expect(sourceOf(closed, 'limits.nativeInstructions')).toMatchObject({ isUnverified: true });
    expect(sourceOf(closed, 'limits.stackBytes')).toEqual(sourceOf(open, 'limits.stackBytes'));
  });

  it('hold the published figures of the NFP-4000', () => {
    const { engine, memory, mac } = modelNamed('nfp-research');
    expect([engine.cores, engine.clockHz, engine.overheadCycles, mac.capPps]).toEqual([50, 800e6, 224, 54.4e6]);
    expect(memory.dram).toMatchObject({ readsPerSecond: 197.4e6, atomicAddsPerSecond: 248.5e6, minimumGapCycles: 25 });
  });

  it('keep silicon and firmware apart: the ordinary firmware has an overhead of its own', () => {
    const [ordinary, research] = [modelNamed('nfp-agilio-open').engine, modelNamed('nfp-research').engine];
    expect(ordinary.overheadCycles).toBeGreaterThan(research.overheadCycles ?? 0);
    expect({ ...ordinary, overheadCycles: 0 }).toEqual({ ...research, overheadCycles: 0 });
  });

  it('state modes that exist', () => {
    for (const name of MODEL_NAMES) for (const mode of modelNamed(name).modes.supported) expect(MODES).toContain(mode);
  });

  it('are described by the published schema', () => {
    expectGoldenAt(MODEL_FOLDER, 'schema.json', nicModelSchema());
  });

  it('include what replay uses without a model', () => {
    const { provenance: _own, ...values } = TEST_RUN_MODEL;
    const { provenance: _file, ...file } = modelNamed('test-run');
    expect(values).toEqual(file);
  });
});

const MODEL = {
  name: 'mine',
  title: 'my card',
  modes: { supported: ['native'], source: 'test' },
  frame: { minimumLengthBytes: 14, maximumLengthBytes: 1514, source: 'test' },
  context: { ingressIfindex: 1, receiveQueueIndex: 0, cpu: 0, source: 'test' },
};

describe('a wrong model is told where and why', () => {
  const cases: readonly (readonly [string, object, string])[] = [
    ['no name', { name: '' }, 'name: not a name: ""'],
    ['no title', { title: 1 }, 'title: not a text: 1'],
    [
      'a figure nearly right',
      { link: { speedGpbs: 40, source: 'x' } },
      'speedGpbs: there is no such figure; did you mean speedGbps?',
    ],
    [
      'another unit',
      { link: { speedMbps: 4e4, source: 'x' } },
      'speedMbps: there is no such figure; did you mean speedGbps?',
    ],
    ['a section nearly right', { ring: {} }, 'ring: there is no such section; did you mean rings?'],
    [
      'a helper by its whole name',
      { helpers: { driver: ['bpf_map_lookup_elem'], source: 'x' } },
      'did you mean map_lookup_elem?',
    ],
    [
      'an unknown context field',
      { contextAccess: { reads: ['datas'], source: 'x' } },
      'is not a list of data, data_end, data_meta',
    ],
    ['an unknown map type', { maps: { types: ['hashmap'], source: 'x' } }, '"hashmap" is none; did you mean'],
    [
      'an unknown metadata kfunc',
      { native: { metadataKfuncs: ['rx_hash'], source: 'x' } },
      'is not a list of bpf_xdp_metadata_',
    ],
    [
      'words for no rule',
      { messages: { stacks: { text: 'a', log: 'silent' }, source: 'x' } },
      'stacks: there is no such figure; did you mean stack?',
    ],
    ['no mode at all', { modes: { supported: [], source: 'x' } }, 'modes: supported: the list is empty'],
    [
      'an unverified figure that is not there',
      { link: { ports: 1, source: 'x', unverified: ['port'] } },
      'link: unverified: "port" does not stand here; did you mean ports?',
    ],
    ['an unknown section', { colour: {} }, 'colour: there is no such section'],
    ['a section that is none', { link: 40 }, 'link: not an object'],
    ['an unknown figure', { link: { speedMbps: 1, source: 'x' } }, 'link: speedMbps: there is no such figure'],
    ['a figure without a source', { link: { speedGbps: 40 } }, 'link: speedGbps: no source stands beside it'],
    ['an empty source', { link: { speedGbps: 40, source: ' ' } }, 'link: speedGbps: no source stands beside it'],
    [
      'an own source that is empty',
      { link: { speedGbps: { value: 40, source: '' } } },
      'link: speedGbps: no source stands beside it',
    ],
    [
      'a figure that is no number',
      { link: { speedGbps: 'fast', source: 'x' } },
      'link: speedGbps: "fast" is not a number from 0',
    ],
    ['a negative figure', { link: { speedGbps: -1, source: 'x' } }, 'link: speedGbps: -1 is not a number from 0'],
    ['a count with a fraction', { link: { ports: 1.5, source: 'x' } }, 'link: ports: 1.5 is not a whole number from 0'],
    [
      'an unknown choice',
      { rss: { hash: 'md5', source: 'x' } },
      'rss: hash: "md5" is not one of toeplitz, crc32, none',
    ],
    [
      'an unknown mode',
      { modes: { supported: ['fast'], source: 'x' } },
      'modes: supported: ["fast"] is not a list of hw, native, generic',
    ],
    [
      'surplus in a figure',
      { link: { ports: { value: 1, source: 'x', unit: 'm' } } },
      'link: ports: a figure has no unit',
    ],
    [
      'an errno that is none',
      { messages: { stack: { text: 'a', errno: 'EBAD', log: 'silent' }, source: 'x' } },
      'messages: stack',
    ],
    [
      'lengths the wrong way round',
      { frame: { minimumLengthBytes: 9, maximumLengthBytes: 8, source: 'x' } },
      '9 is above frame.maximumLengthBytes, 8',
    ],
    [
      'a missing figure',
      { context: { cpu: 0, source: 'x' } },
      'context: ingressIfindex: missing: every model states it, or extends one that does',
    ],
    [
      'a rate of 0',
      { link: { speedGbps: 0, source: 'x' } },
      'link: speedGbps: 0 is not above 0; leave out what is not known',
    ],
    ['no queues', { rings: { receiveQueues: 0, source: 'x' } }, 'rings: receiveQueues: 0 is not above 0'],
    ['too many queues', { rings: { receiveQueues: 1e6, source: 'x' } }, 'rings: receiveQueues: 1000000 is above 4096'],
    ['a huge number', { mac: { capPps: 1e300, source: 'x' } }, 'mac: capPps: 1e+300 is above 1000000000000000000'],
    ['a parent that cannot be read', { extends: 'nobody' }, 'nobody'],
    ['a parent that is no name', { extends: '../x' }, 'extends: not a model name: "../x"'],
    ['a model that extends itself', { extends: 'mine' }, 'extends: the model extends itself: "mine"'],
  ];

  /** What a schema cannot say: about other files, about blanks, about two figures together. */
  const BEYOND_SCHEMA = [
    'an empty source',
    'no mode at all',
    'an unverified figure that is not there',
    'lengths the wrong way round',
    'a missing figure',
    'a rate of 0',
    'no queues',
    'too many queues',
    'a huge number',
    'a parent that cannot be read',
    'a model that extends itself',
  ];

  it.each(cases)('%s', (what, change, message) => {
    const text = JSON.stringify({ ...MODEL, ...change });
    const read = (name: string) => (name === 'mine' ? text : fail(name));
    const parse = () => parseNicModel(text, 'mine.json', read);
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(message);
    if (!BEYOND_SCHEMA.includes(what)) expect(schemaProblem(nicModelSchema(), JSON.parse(text))).toBeDefined();
  });

  function fail(name: string): never {
    throw new InputError('nic-model', `no model ${name}`);
  }

  it('text that is no JSON', () => {
    expect(() => parseNicModel('{', 'mine.json')).toThrow('mine.json:1: not JSON');
    expect(() => parseNicModel('{\n "name": "x"\n "title": "y"}', 'mine.json')).toThrow('mine.json:3: not JSON');
    expect(() => parseNicModel('[]', 'mine.json')).toThrow('mine.json: not an object');
  });

  it('a byte order mark in front is no matter', () => {
    expect(parseNicModel(`\uFEFF${JSON.stringify(MODEL)}`, 'mine.json').name).toBe('mine');
  });

  it('any JSON at all gives a model or an InputError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(MODEL_SECTIONS)), (value, section) => {
        const text = JSON.stringify({ ...MODEL, [section]: value });
        try {
          expect(parseNicModel(text, 'mine.json').name).toBe('mine');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the README of the models', () => {
  const readme = readFileSync(join(MODEL_FOLDER, 'README.md'), 'utf8');

  it('describes every section and every figure', () => {
    const missing = Object.entries<Section>(MODEL_SECTIONS).flatMap(([name, { about, fields }]) => [
      ...(readme.includes(`### ${name}\n\n${about}\n`) ? [] : [name]),
      ...Object.entries(fields).flatMap(([field, item]) =>
        new RegExp(`^\\| \`${field}\` \\| .* \\| ${escaped(item.about)} \\|$`, 'm').test(readme)
          ? []
          : [`${name}.${field}`],
      ),
    ]);
    expect(missing).toEqual([]);
  });

  it('lists every model', () => {
    const rows = MODEL_NAMES.map(name => `| \`${name}\` | ${modelNamed(name).title} |`);
    expect(rows.filter(row => !readme.includes(row))).toEqual([]);
  });

  it('names every rule of the check', () => {
    expect(Object.keys(RULES).filter(rule => !readme.includes(`\`${rule}\``))).toEqual([]);
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

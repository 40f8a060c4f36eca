// A NIC as data: what `nic-models/*.json` holds. Every figure has its unit in its name and its source beside it.
import { InputError, messageOf } from '../support/errors.js';
import type { ModelValues } from './model-fields.js';
import { checkFigures, checkRequired, type Figures, type Provenance, readSections, valuesOf } from './model-read.js';

export { MODES, type Mode, type RuleWords } from './model-fields.js';
export type { Provenance } from './model-read.js';

/**
 * One card, or one way of reaching a program: plain values by section, as model-fields.ts describes them. Lengths are without frame check
 * sequence. Where a value comes from says `sourceOf`.
 */
export interface NicModel extends ModelValues {
  /** Name on the command line; equal to the file's. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** It only serves others to extend. */
  readonly isAbstract: boolean;
  /** Names of the models that it extends, the nearest first. */
  readonly ancestors: readonly string[];
  /** Source of each figure, by `section.figure` (`section.name.figure` in sections of named groups). */
  readonly provenance: ReadonlyMap<string, Provenance>;
}

/** Finds the text of the model that `extends` names. */
export type ModelReader = (name: string) => string;

/** A model may extend one that extends another, this many times. */
const MAX_ANCESTORS = 8;

/**
 * Reads a model.
 * @param text JSON of a file of `nic-models/`
 * @param fileName for messages
 * @param readOther gives the text of the model named in `extends`
 * @throws InputError `nic-model` naming the file, the key and the value
 */
export function parseNicModel(text: string, fileName: string, readOther?: ModelReader): NicModel {
  const chain = readChain(text, fileName, readOther);
  const figures: Figures = new Map();
  for (const layer of chain.toReversed()) mergeInto(figures, readSections(layer.root, layer.fileName));
  const [own] = chain;
  const isAbstract = own.root.abstract === true;
  checkFigures(figures, fileName);
  if (!isAbstract) checkRequired(figures, fileName);
  return {
    ...valuesOf(figures),
    name: own.name,
    title: own.title,
    isAbstract,
    ancestors: chain.slice(1).map(({ name }) => name),
    provenance: provenanceOf(figures),
  };
}

/** Where a figure comes from, by `section.figure`; undefined where the model does not state it. */
export function sourceOf(model: NicModel, path: string): Provenance | undefined {
  return model.provenance.get(path);
}

interface Layer {
  readonly root: Readonly<Record<string, unknown>>;
  readonly fileName: string;
  readonly name: string;
  readonly title: string;
}

/** The model and those that it extends, the model itself first. */
function readChain(text: string, fileName: string, readOther: ModelReader | undefined): readonly [Layer, ...Layer[]] {
  const own = readLayer(text, fileName);
  const chain: [Layer, ...Layer[]] = [own];
  let layer = own;
  while (layer.root.extends !== undefined) {
    const parent = layer.root.extends;
    const place = `${layer.fileName}: extends`;
    if (typeof parent !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(parent))
      throw wrong(place, 'not a model name', parent);
    if (readOther === undefined) throw wrong(place, 'other models cannot be read from here', parent);
    if (chain.some(({ name }) => name === parent)) throw wrong(place, 'the model extends itself', parent);
    if (chain.length > MAX_ANCESTORS) throw wrong(place, `more than ${MAX_ANCESTORS} models in a row`, parent);
    layer = readLayer(readOther(parent), `${parent}.json`);
    chain.push(layer);
  }
  return chain;
}

function readLayer(text: string, fileName: string): Layer {
  const root = parseJson(text, fileName);
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new InputError('nic-model', `${fileName}: not an object`);
  }
  const fields = root as Record<string, unknown>;
  const { name, title, abstract = false } = fields;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw wrong(`${fileName}: name`, 'not a name', name);
  if (typeof title !== 'string' || title === '') throw wrong(`${fileName}: title`, 'not a text', title);
  if (typeof abstract !== 'boolean') throw wrong(`${fileName}: abstract`, 'neither true nor false', abstract);
  return { root: fields, fileName, name, title };
}

/** Some editors put a byte order mark in front. */
const BYTE_ORDER_MARK = /^\uFEFF/;

function parseJson(text: string, fileName: string): unknown {
  const plain = text.replace(BYTE_ORDER_MARK, '');
  try {
    return JSON.parse(plain);
  } catch (error) {
    const message = messageOf(error);
    const position = /at position (\d+)/.exec(message)?.[1];
    const line = position === undefined ? '' : `:${plain.slice(0, Number(position)).split('\n').length}`;
    throw new InputError('nic-model', `${fileName}${line}: not JSON: ${message}`);
  }
}

function wrong(place: string, what: string, value: unknown): InputError {
  return new InputError('nic-model', `${place}: ${what}: ${JSON.stringify(value) ?? 'missing'}`);
}

function mergeInto(target: Figures, layer: Figures): void {
  for (const [path, figure] of layer) target.set(path, figure);
}

function provenanceOf(figures: Figures): ReadonlyMap<string, Provenance> {
  return new Map([...figures].map(([path, { source, isUnverified }]) => [path, { source, isUnverified }]));
}

/** What a program meets without a NIC model: BPF_PROG_TEST_RUN of Linux. The same as nic-models/test-run.json. */
export const TEST_RUN_MODEL: NicModel = parseNicModel(
  JSON.stringify({
    name: 'test-run',
    title: 'BPF_PROG_TEST_RUN of Linux: no card, every frame reaches the program',
    modes: { supported: ['native'], source: 'Linux 6.18, net/bpf/test_run.c: the program runs as in a driver' },
    frame: {
      minimumLengthBytes: 14,
      maximumLengthBytes: 73152,
      source:
        'Linux 6.18, BPF_PROG_TEST_RUN: -EINVAL below an Ethernet header, -ENOMEM above 17 fragments of 4096 bytes',
    },
    context: {
      ingressIfindex: 1,
      receiveQueueIndex: 0,
      cpu: 0,
      source: 'Linux 6.18, BPF_PROG_TEST_RUN without ctx_in: the loopback device, queue 0',
    },
  }),
  'test-run.json',
);

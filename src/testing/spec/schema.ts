// The JSON Schema of specs, for editors. Layers and their fields come from the table that the reader uses.
import { type FieldKind, LAYER_FORMS, type LayerForm } from '../../capture/packet-forms.js';
import { TCP_FLAG } from '../../capture/protocols.js';
import { XDP_ACTION_NAMES } from '../../platform/actions.js';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const anything: Schema = {};
const reference = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const listOf = (items: Schema): Schema => ({ type: 'array', items });
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

function wholeNumber(least: number, greatest?: number): Schema {
  const placeholder = { type: 'string', pattern: '^\\$\\{\\w+\\}$' };
  const number = { type: 'integer', minimum: least, ...(greatest !== undefined && { maximum: greatest }) };
  return { anyOf: [number, placeholder] };
}

function closed(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema {
  return { type: 'object', properties, additionalProperties: false, ...(required.length > 0 && { required }) };
}

const time: Schema = { type: ['string', 'integer'], description: 'nanoseconds, or with a unit: 20us, 3ms, 1.5s' };
const settings = {
  program: described(text, 'name of the program; the first XDP program of the object unless given'),
  globals: described(mapOf(anything), 'values of global variables, set before the program is loaded'),
  seed: described(wholeNumber(0, 0xffff_ffff), 'seed of bpf_get_prandom_u32'),
  cpus: described(wholeNumber(1, 256), 'possible CPUs'),
  budget: described(wholeNumber(1), 'instructions that one packet may execute'),
  maps: described(
    mapOf(listOf(closed({ key: anything, value: anything, values: anything }))),
    'entries to put into maps before each case',
  ),
};
const step = {
  packet: reference('packet'),
  repeat: described(wholeNumber(1), 'how often the packet is given'),
  at: described(time, 'simulated time of the packet'),
  every: described(time, 'time between repetitions; needs at'),
  queue: wholeNumber(0, 65_535),
  cpu: wholeNumber(0, 255),
  ifindex: wholeNumber(1),
  expect: reference('expect'),
};

function fieldSchema(kind: FieldKind): Schema {
  if (typeof kind === 'number') return { type: ['integer', 'string'], minimum: 0, maximum: kind };
  if (typeof kind === 'object') return { enum: kind };
  if (kind === 'boolean') return { type: 'boolean' };
  if (kind === 'flags') return { anyOf: [text, listOf({ enum: Object.keys(TCP_FLAG) })] };
  return { type: kind === 'offset' ? ['integer', 'string'] : ['string', 'integer'] };
}

function layerSchema(form: LayerForm): Schema {
  const fields = Object.entries(form.fields).map(([name, kind]) => [name, fieldSchema(kind)] as const);
  const whole = closed(Object.fromEntries(fields));
  return {
    anyOf: [whole, { type: 'null' }, ...(form.main === undefined ? [] : [{ type: ['string', 'integer', 'array'] }])],
  };
}

/** The schema, draft 7. */
export function specSchema(): Schema {
  const layers = Object.fromEntries(Object.entries(LAYER_FORMS).map(([name, form]) => [name, layerSchema(form)]));
  const layer = { anyOf: [text, { ...closed(layers), minProperties: 1, maxProperties: 1 }] };
  const whole = {
    of: described(text, 'name of a packet under packets'),
    text: described(text, 'a packet in one line'),
    hex: described(text, 'bytes in hexadecimal'),
    layers: listOf(reference('layer')),
    capture: described(text, 'path of a capture, relative to this file'),
    number: described(wholeNumber(1), 'place of the packet in the capture'),
    packets: described(text, 'places of packets in the capture, such as 3-9'),
    cutTo: described(wholeNumber(0), 'bytes to keep'),
    padTo: described(wholeNumber(0), 'zero bytes are put behind a shorter packet'),
  };
  const packetText = described(
    text,
    'a name under packets, or layers: ipv4 198.51.100.7 > 192.0.2.1 / tcp 1024 > 80 SYN',
  );
  const verdicts = [...XDP_ACTION_NAMES.map(name => name.slice(4)), ...XDP_ACTION_NAMES, 'invalid'];
  const verdict = { anyOf: [{ enum: verdicts }, wholeNumber(0)] };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'xdpsim spec: cases for an XDP program',
    ...closed(
      {
        object: described(text, 'path of the object file, relative to this file'),
        ...settings,
        packets: described(mapOf(reference('packet')), 'packets by name'),
        cases: listOf(reference('case')),
      },
      ['object', 'cases'],
    ),
    definitions: {
      layer,
      packet: { anyOf: [packetText, listOf(reference('layer')), closed(whole)] },
      step: closed(step, ['packet']),
      case: closed(
        {
          name: described(text, 'may hold columns of the table, as $ and the name in braces'),
          ...settings,
          ...step,
          steps: described(listOf(reference('step')), 'packets one after the other, over the same maps'),
          table: described(
            listOf(mapOf(anything)),
            'one case for each row; its columns stand as $ and the name in braces',
          ),
        },
        ['name'],
      ),
      expect: { anyOf: [verdict, expectSchema(verdict)] },
    },
  };
}

function expectSchema(verdict: Schema): Schema {
  const entry = closed({ key: anything, value: anything, absent: { type: 'boolean' } });
  const counters = ['packets', 'traps', 'invalid', ...XDP_ACTION_NAMES, ...XDP_ACTION_NAMES.map(name => name.slice(4))];
  return closed({
    verdict: { anyOf: [verdict, described(listOf(verdict), 'any of these')] },
    bytes: { anyOf: [{ enum: ['unchanged'] }, reference('packet')] },
    metadata: described(text, 'in hexadecimal; empty for none'),
    redirect: closed({
      ifindex: wholeNumber(0),
      ifindexes: listOf(wholeNumber(0)),
      map: text,
      key: wholeNumber(0),
      cpu: wholeNumber(0),
      queue: wholeNumber(0),
    }),
    events: listOf(closed({ kind: { enum: ['perf', 'ringbuf', 'printk'] }, map: text, data: text, text })),
    traps: described(
      { type: ['boolean', 'string'] },
      'whether it traps, or a part of the message; otherwise it must not',
    ),
    maxInstructions: wholeNumber(0),
    counters: closed(Object.fromEntries(counters.map(name => [name, wholeNumber(0)]))),
    maps: mapOf({ anyOf: [listOf(entry), closed({ size: wholeNumber(0), entries: listOf(entry) })] }),
  });
}

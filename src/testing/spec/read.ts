// Specs: from YAML to what they say. The keys are described by schema.ts, for editors.
import { readHex } from '../../capture/packet-forms.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../engine/engine.js';
import { actionName, XDP_ACTION, XDP_ACTION_NAMES, type XdpActionName } from '../../platform/actions.js';
import { parseSpecText, type SpecNode } from './node.js';
import { type NamedPackets, readPacket, readPacketBytes } from './packets.js';
import type {
  EntryExpectation,
  Expectation,
  MapContents,
  MapExpectation,
  TestCase,
  TestSpec,
  TestStep,
} from './spec.js';

const SPEC_KEYS = ['object', 'program', 'globals', 'seed', 'cpus', 'budget', 'maps', 'packets', 'cases'] as const;
const STEP_KEYS = ['packet', 'repeat', 'at', 'every', 'queue', 'cpu', 'ifindex', 'expect'] as const;
const SETTING_KEYS = ['program', 'globals', 'seed', 'cpus', 'budget', 'maps'] as const;
const CASE_KEYS = ['name', ...SETTING_KEYS, ...STEP_KEYS, 'steps', 'table'] as const;
const EXPECT_KEYS = [
  'verdict',
  'bytes',
  'metadata',
  'redirect',
  'events',
  'traps',
  'maxInstructions',
  'counters',
  'maps',
] as const;

/**
 * What a spec says.
 * @param text YAML
 * @throws InputError `spec` with file, line, key and what is wrong
 */
export function readSpec(text: string, fileName: string): TestSpec {
  const root = parseSpecText(text, fileName).mapping(SPEC_KEYS);
  const object = required(root, 'object').string('the path of an object file');
  const named = root.get('packets')?.mapping([...root.get('packets')!.fields.keys()]).fields ?? new Map();
  const packets: NamedPackets = named;
  for (const packet of packets.values()) if (!hasPlaceholder(packet)) readPacket(packet, packets);
  const cases = required(root, 'cases').list('cases');
  return { fileName, object, cases: cases.flatMap(node => readCases(node, root, packets)) };
}

function required(node: SpecNode, key: string): SpecNode {
  const found = node.get(key);
  if (found === undefined) throw node.error(`the key ${key} is missing`);
  return found;
}

function hasPlaceholder(node: SpecNode): boolean {
  return JSON.stringify(node.value)?.includes('${') ?? false;
}

/** One case, or one for each row of its table. */
function readCases(node: SpecNode, root: SpecNode, packets: NamedPackets): TestCase[] {
  node.mapping(CASE_KEYS);
  const table = node.get('table');
  if (table === undefined) return [readCase(node, nameOf(node), root, packets)];
  return table.list('rows').map(row => {
    if (row.kind !== 'map') throw row.error('a row is a mapping from column to value');
    const filled = node.filled(row.fields);
    const named = new Map(
      [...packets].map(([name, packet]) => [name, hasPlaceholder(packet) ? packet.filled(row.fields) : packet]),
    );
    return readCase(filled, rowName(node, filled, row), root, named);
  });
}

function nameOf(node: SpecNode): string {
  return required(node, 'name').string('the name of the case');
}

/** A table's name without a placeholder says the same for every row, so the row is put behind it. */
function rowName(node: SpecNode, filled: SpecNode, row: SpecNode): string {
  const name = nameOf(filled);
  if (name !== nameOf(node)) return name;
  const cells = [...row.fields].map(([column, cell]) => `${column} ${cell.kind === 'scalar' ? cell.text : '...'}`);
  return `${name} (${cells.join(', ')})`;
}

function readCase(node: SpecNode, name: string, root: SpecNode, packets: NamedPackets): TestCase {
  const setting = (key: (typeof SETTING_KEYS)[number]) => node.get(key) ?? root.get(key);
  return {
    name,
    node,
    program: setting('program')?.string('the name of a program'),
    globals: setting('globals'),
    seed: setting('seed')?.wholeNumber(0, 0xffff_ffff) ?? DEFAULT_ENGINE_OPTIONS.seed,
    cpus: setting('cpus')?.wholeNumber(1, 256) ?? DEFAULT_ENGINE_OPTIONS.cpuCount,
    instructionBudget:
      setting('budget')?.wholeNumber(1, Number.MAX_SAFE_INTEGER) ?? DEFAULT_ENGINE_OPTIONS.instructionBudget,
    maps: [...readContents(root.get('maps')), ...readContents(node.get('maps'))],
    steps: readSteps(node, packets),
  };
}

function readContents(node: SpecNode | undefined): MapContents[] {
  if (node === undefined) return [];
  if (node.kind !== 'map') throw node.error('not a mapping from the name of a map to a list of entries');
  return [...node.fields].map(([map, list]) => {
    const entries = list.list('entries, each with key and value');
    for (const entry of entries) entry.mapping(['key', 'value', 'values']);
    return { map, node: list, entries };
  });
}

function readSteps(node: SpecNode, packets: NamedPackets): TestStep[] {
  const steps = node.get('steps');
  if (steps === undefined) return [readStep(node, packets)];
  const stray = STEP_KEYS.find(key => node.get(key) !== undefined);
  if (stray !== undefined) throw node.get(stray)!.error('a case with steps has its packets and expectations in them');
  return steps.list('steps').map(step => readStep(step.mapping(STEP_KEYS), packets));
}

function readStep(node: SpecNode, packets: NamedPackets): TestStep {
  return {
    node,
    packets: readPacket(required(node, 'packet'), packets),
    repeat: node.get('repeat')?.wholeNumber(1, 10_000_000) ?? 1,
    atNanos: readNanos(node.get('at')),
    everyNanos: readNanos(node.get('every')),
    queue: node.get('queue')?.wholeNumber(0, 65_535) ?? 0,
    cpu: node.get('cpu')?.wholeNumber(0, 255) ?? 0,
    ingressIfindex: node.get('ifindex')?.wholeNumber(1, 0x7fff_ffff) ?? 1,
    expect: readExpectation(node.get('expect'), packets),
  };
}

const NANOS_PER: Readonly<Record<string, number>> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };

function readNanos(node: SpecNode | undefined): bigint | undefined {
  if (node === undefined) return undefined;
  const [, number, unit = 'ns'] = /^(\d+(?:\.\d+)?) ?(ns|us|ms|s)?$/.exec(node.string('a time')) ?? [];
  if (number === undefined) throw node.error(`not a time such as 1500, 20us, 3ms or 1.5s: ${node.text}`);
  return BigInt(Math.round(Number(number) * NANOS_PER[unit]!));
}

function readExpectation(node: SpecNode | undefined, packets: NamedPackets): Expectation {
  if (node === undefined || node.kind === 'scalar') return { ...NOTHING_EXPECTED, node, verdict: readVerdict(node) };
  node.mapping(EXPECT_KEYS);
  const [bytes, metadata, events] = [node.get('bytes'), node.get('metadata'), node.get('events')];
  const [traps, most] = [node.get('traps'), node.get('maxInstructions')];
  return {
    node,
    verdict: readVerdict(node.get('verdict')),
    bytes: bytes && { node: bytes, bytes: bytes.text === 'unchanged' ? 'unchanged' : readPacketBytes(bytes, packets) },
    metadata: metadata && { node: metadata, bytes: metadata.during(() => readHex(metadata.text)) },
    redirect: node.get('redirect')?.mapping(['ifindex', 'ifindexes', 'map', 'key', 'cpu', 'queue']),
    events: events && { node: events, items: events.list('events').map(readEvent) },
    traps: traps && { node: traps, text: typeof traps.scalar === 'boolean' ? traps.scalar : traps.string('a text') },
    maxInstructions: most && { node: most, most: most.wholeNumber(0, Number.MAX_SAFE_INTEGER) },
    counters: readCounters(node.get('counters')),
    maps: readMapExpectations(node.get('maps')),
  };
}

const NOTHING_EXPECTED: Expectation = {
  node: undefined,
  verdict: undefined,
  bytes: undefined,
  metadata: undefined,
  redirect: undefined,
  events: undefined,
  traps: undefined,
  maxInstructions: undefined,
  counters: [],
  maps: [],
};

function readVerdict(node: SpecNode | undefined): Expectation['verdict'] {
  return node && { node, actions: node.kind === 'list' ? node.items.map(readAction) : [readAction(node)] };
}

/** `DROP`, `XDP_DROP`, the number, or `invalid`. */
function readAction(node: SpecNode): XdpActionName | 'invalid' {
  if (node.kind === 'scalar' && typeof node.scalar === 'number') return actionName(node.scalar);
  const text = node.string('a verdict');
  if (text === 'invalid') return text;
  const name = text.startsWith('XDP_') ? text : `XDP_${text}`;
  if (Object.hasOwn(XDP_ACTION, name)) return name as XdpActionName;
  throw node.error(
    `no verdict ${text}; there are ${XDP_ACTION_NAMES.map(action => action.slice(4)).join(', ')}, invalid`,
  );
}

function readEvent(node: SpecNode): SpecNode {
  return node.mapping(['kind', 'map', 'data', 'text']);
}

const COUNTERS: readonly string[] = ['packets', 'traps', 'invalid', ...XDP_ACTION_NAMES];

function readCounters(node: SpecNode | undefined): Expectation['counters'] {
  if (node === undefined) return [];
  if (node.kind !== 'map') throw node.error('not a mapping from a counter to a number');
  return [...node.fields].map(([key, field]) => {
    const name = COUNTERS.includes(key) ? key : `XDP_${key}`;
    if (!COUNTERS.includes(name)) throw field.error(`no counter ${key}; there are ${COUNTERS.join(', ')}`);
    return { name, node: field, count: field.wholeNumber(0, Number.MAX_SAFE_INTEGER) };
  });
}

function readMapExpectations(node: SpecNode | undefined): MapExpectation[] {
  if (node === undefined) return [];
  if (node.kind !== 'map') throw node.error('not a mapping from the name of a map to its entries');
  return [...node.fields].map(([map, field]) => {
    if (field.kind === 'list') return { map, node: field, size: undefined, entries: field.items.map(readEntry) };
    field.mapping(['size', 'entries']);
    const size = field.get('size');
    return {
      map,
      node: field,
      size: size && { node: size, size: size.wholeNumber(0, 0xffff_ffff) },
      entries: field.get('entries')?.list('entries').map(readEntry) ?? [],
    };
  });
}

function readEntry(node: SpecNode): EntryExpectation {
  node.mapping(['key', 'value', 'absent']);
  return { node, key: node.get('key'), value: node.get('value'), isAbsent: node.get('absent')?.boolean() ?? false };
}

// Cases: facts about programs as text that anyone can read, add and paste. Every engine runs them; so do the conformance report and the
// differential tests, which print what they find in this form.
//
//   // == name: the fact
//   // packet 00 11 22                         the frame's first bytes, the rest of its 64 is zero; several lines: one frame after the other
//   // map counts: hash key 4 value 8 entries 2 flags 0
//   // map counts[01000000] = 0700000000000000 what it holds before
//   // map jumps: prog_array key 4 value 4 entries 1
//   // map jumps[00000000] = program second
//   r0 = 7; exit                               the program, in the verifier's notation (isa/assemble.ts); r1 is the context
//   r1 = map[counts]; r2 = map[counts]+8       a map, and the address of a byte in its first value; map[idx:counts] by its index
//   call kfunc[NAME]; r1 = ksym[NAME]          a kernel function, and its address, by its BTF id
//   // program second                          another program, for tail calls: what stands behind this line
//   r0 = 2; exit
//   // -> r0 = 7                               all 64 bits of the result, for the last frame
//   // -> packet 00 11                         what the frame starts with afterwards
//   // -> map counts[01000000] = 0900000000000000   or: absent
//   // -> trap access: text                    instead of a result: the kind of trap, and part of its message
//   // -> refused: text                        part of what Linux says where its verifier takes no such program
import { MAP_TYPES } from '../../platform/map-types.js';
import { fromHex, toHex } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';

/** One case. */
export interface Case {
  readonly name: string;
  /** Where it stands, for messages. */
  readonly file: string;
  /** Assembly text of the program, and of those that it tail-calls. */
  readonly text: string;
  readonly others: readonly CaseProgram[];
  readonly maps: readonly CaseMap[];
  /** Frames that the program sees in turn; results are those of the last. */
  readonly packets: readonly Uint8Array[];
  readonly expected: Expectation;
}

/** A program that another one tail-calls. */
export interface CaseProgram {
  readonly name: string;
  readonly text: string;
}

/** A map and what it holds at first. */
export interface CaseMap {
  readonly name: string;
  /** As in `bpftool map`: `hash`, `prog_array`. */
  readonly type: string;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Keys and values in hexadecimal; the value of a program array is `program NAME`. */
  readonly entries: readonly (readonly [key: string, value: string])[];
}

/** What a case says should come of it. */
export interface Expectation {
  readonly r0: bigint | undefined;
  /** Hexadecimal; what the frame starts with. */
  readonly packet: string | undefined;
  /** Hexadecimal; undefined for a key that is absent. */
  readonly entries: readonly { readonly map: string; readonly key: string; readonly value: string | undefined }[];
  readonly trap: { readonly kind: string; readonly message: string } | undefined;
  /** Part of the log of Linux, for programs that it does not take. */
  readonly refused: string | undefined;
}

/** Frames of cases are this long unless the text gives more. */
export const CASE_PACKET_BYTES = 64;

/**
 * The cases of a text, in its order.
 * @throws InputError `case` naming the file, the case and the line that cannot be read
 */
export function parseCases(content: string, file: string): Case[] {
  const [, ...blocks] = content.split(/^\/\/ == /m);
  return blocks.map(block => parseCase(block, file));
}

function parseCase(block: string, file: string): Case {
  const [name = '', ...lines] = block.split(/\r?\n/);
  const reader = new CaseReader(name, file);
  for (const line of lines) reader.take(line);
  return reader.finish();
}

const MAP = /^\/\/ map ([\w.]+): (\w+) key (\d+) value (\d+) entries (\d+)(?: flags (\w+))?$/;
const ENTRY = /^\/\/ map ([\w.]+)\[([0-9a-f ]*)\] = (.+)$/;
const EXPECTED_ENTRY = /^\/\/ -> map ([\w.]+)\[([0-9a-f ]*)\] = (.+)$/;
const DIRECTIVE = /^\/\/ (?:->|packet\b|map\b|program\b)/;

type MutableMap = Omit<CaseMap, 'entries'> & { readonly entries: [string, string][] };

/** Reads the lines of one case. */
class CaseReader {
  private readonly name: string;
  private readonly file: string;
  private readonly programs: { readonly name: string; readonly lines: string[] }[] = [{ name: '', lines: [] }];
  private readonly maps: MutableMap[] = [];
  private readonly packets: Uint8Array[] = [];
  private readonly entries: Expectation['entries'][number][] = [];
  private r0: bigint | undefined;
  private packet: string | undefined;
  private trap: Expectation['trap'];
  private refused: string | undefined;

  constructor(name: string, file: string) {
    this.name = name;
    this.file = file;
  }

  take(line: string): void {
    if (!DIRECTIVE.test(line)) {
      if (!line.startsWith('//')) this.programs.at(-1)!.lines.push(line);
      return;
    }
    for (const [pattern, take] of RULES) {
      const match = pattern.exec(line);
      if (match === null) continue;
      take(this, match);
      return;
    }
    throw this.wrong(`cannot read "${line}"`);
  }

  finish(): Case {
    const { name, file, maps, entries, r0, packet, trap, refused } = this;
    if (r0 === undefined && trap === undefined && refused === undefined) throw this.wrong('no expectation');
    const [main, ...others] = this.programs.map(program => ({ name: program.name, text: program.lines.join('\n') }));
    const packets = this.packets.length > 0 ? this.packets : [new Uint8Array(CASE_PACKET_BYTES)];
    return { name, file, text: main!.text, others, maps, packets, expected: { r0, packet, entries, trap, refused } };
  }

  takeProgram(match: RegExpExecArray): void {
    this.programs.push({ name: match[1]!, lines: [] });
  }

  takePacket(match: RegExpExecArray): void {
    const bytes = fromHex(plainHex(match[1]!));
    const packet = new Uint8Array(Math.max(CASE_PACKET_BYTES, bytes.byteLength));
    packet.set(bytes);
    this.packets.push(packet);
  }

  takeMap(match: RegExpExecArray): void {
    const [, name = '', type = '', key, value, entries, flags = '0'] = match;
    if (!(type in MAP_TYPES)) throw this.wrong(`no map type ${type}`);
    const sizes = { keySizeBytes: Number(key), valueSizeBytes: Number(value), maxEntries: Number(entries) };
    this.maps.push({ name, type, ...sizes, flags: Number(flags), entries: [] });
  }

  takeEntry(match: RegExpExecArray): void {
    const [, name = '', key = '', value = ''] = match;
    const map = this.maps.find(known => known.name === name);
    if (map === undefined) throw this.wrong(`no map ${name}`);
    map.entries.push([plainHex(key), value.startsWith('program ') ? value : plainHex(value)]);
  }

  takeResult(match: RegExpExecArray): void {
    this.r0 = BigInt.asUintN(64, parseNumber(match[1]!));
  }

  takePacketAfter(match: RegExpExecArray): void {
    this.packet = plainHex(match[1]!);
  }

  takeEntryAfter(match: RegExpExecArray): void {
    const [, map = '', key = '', value = ''] = match;
    this.entries.push({ map, key: plainHex(key), value: value === 'absent' ? undefined : plainHex(value) });
  }

  takeTrap(match: RegExpExecArray): void {
    this.trap = { kind: match[1]!, message: match[2]! };
  }

  takeRefused(match: RegExpExecArray): void {
    this.refused = match[1]!;
  }

  private wrong(what: string): InputError {
    return new InputError('case', `${this.file}: ${this.name}: ${what}`);
  }
}

const RULES: readonly (readonly [RegExp, (reader: CaseReader, match: RegExpExecArray) => void])[] = [
  [/^\/\/ program (\w+)$/, (reader, match) => reader.takeProgram(match)],
  [/^\/\/ packet ([0-9a-f ]*)$/, (reader, match) => reader.takePacket(match)],
  [MAP, (reader, match) => reader.takeMap(match)],
  [ENTRY, (reader, match) => reader.takeEntry(match)],
  [/^\/\/ -> r0 = (\S+)$/, (reader, match) => reader.takeResult(match)],
  [/^\/\/ -> packet ([0-9a-f ]*)$/, (reader, match) => reader.takePacketAfter(match)],
  [EXPECTED_ENTRY, (reader, match) => reader.takeEntryAfter(match)],
  [/^\/\/ -> trap (\w+): (.*)$/, (reader, match) => reader.takeTrap(match)],
  [/^\/\/ -> refused: (.*)$/, (reader, match) => reader.takeRefused(match)],
];

function plainHex(text: string): string {
  return text.replaceAll(' ', '');
}

function parseNumber(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

/** A case as text, to be pasted into a `.case` file. Ends in a newline. */
export function printCase(item: Case): string {
  const lines = [`// == ${item.name}`];
  for (const packet of item.packets) lines.push(`// packet ${spaced(packet)}`);
  for (const map of item.maps) lines.push(...mapLines(map));
  lines.push(item.text.trim());
  for (const { name, text } of item.others) lines.push(`// program ${name}`, text.trim());
  return `${[...lines, ...expectationLines(item.expected)].join('\n')}\n`;
}

function mapLines({ name, type, keySizeBytes, valueSizeBytes, maxEntries, flags, entries }: CaseMap): string[] {
  const size = `key ${keySizeBytes} value ${valueSizeBytes} entries ${maxEntries}`;
  const head = `// map ${name}: ${type} ${size}${flags === 0 ? '' : ` flags ${flags}`}`;
  return [head, ...entries.map(([key, value]) => `// map ${name}[${key}] = ${value}`)];
}

function expectationLines({ r0, packet, entries, trap, refused }: Expectation): string[] {
  return [
    ...(r0 === undefined ? [] : [`// -> r0 = 0x${r0.toString(16)}`]),
    ...(packet === undefined ? [] : [`// -> packet ${packet}`]),
    ...entries.map(({ map, key, value }) => `// -> map ${map}[${key}] = ${value ?? 'absent'}`),
    ...(trap === undefined ? [] : [`// -> trap ${trap.kind}: ${trap.message}`]),
    ...(refused === undefined ? [] : [`// -> refused: ${refused}`]),
  ];
}

/** Bytes without the zeros behind them that `packet` lines leave out. */
function spaced(bytes: Uint8Array): string {
  const used = bytes.findLastIndex(byte => byte !== 0) + 1;
  const shown = bytes.byteLength > CASE_PACKET_BYTES ? bytes : bytes.subarray(0, Math.max(used, 1));
  return toHex(shown).replace(/..(?=.)/g, '$& ');
}

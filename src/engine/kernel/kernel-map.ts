// A pinned map of a real kernel, through bpftool.
import type { MapAccess, MapEntry } from '../../machine/map.js';
import type { MapSpec } from '../../object/spec.js';
import { ERRNO, type ErrnoName } from '../../platform/errno.js';
import { mapTypeName } from '../../platform/map-types.js';
import { toHex } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';
import type { Bpftool } from './bpftool.js';

const UPDATE_WORDS = ['any', 'noexist', 'exist'] as const;

/** Types whose keys are indexes, which bpftool lists in order. */
const INDEXED = /array|^(devmap|cpumap|xskmap)$/;

/** Types whose entries user space cannot list. */
const UNLISTED: ReadonlySet<string> = new Set([
  'perf_event_array',
  'ringbuf',
  'user_ringbuf',
  'queue',
  'stack',
  'bloom_filter',
]);

/** User space's face of a kernel map. Every call is a process, so this is for tests and small maps. */
export class KernelMap implements MapAccess {
  readonly spec: MapSpec;
  private readonly bpftool: Bpftool;
  private readonly pin: string;

  constructor(bpftool: Bpftool, pin: string, spec: MapSpec) {
    this.bpftool = bpftool;
    this.pin = pin;
    this.spec = spec;
  }

  get size(): number {
    return this.entries().length;
  }

  entries(): MapEntry[] {
    if (UNLISTED.has(mapTypeName(this.spec.type))) return [];
    const answer = this.call('dump');
    if (!answer.ok) throw new InputError('bpftool', `map ${this.spec.name}: ${answer.error}`);
    const entries = (answer.value as unknown[]).map(parseEntry).filter(entry => entry !== undefined);
    return INDEXED.test(mapTypeName(this.spec.type)) ? entries : entries.sort((a, b) => compareKeys(a.key, b.key));
  }

  lookup(key: Uint8Array): readonly Uint8Array[] | undefined {
    const answer = this.call('lookup', 'key', ...hexWords(key));
    return answer.ok ? parseEntry(answer.value)?.values : undefined;
  }

  update(key: Uint8Array, values: readonly Uint8Array[], flags: number): number {
    const word = UPDATE_WORDS[flags];
    const [value] = values;
    if (word === undefined || value === undefined) return -ERRNO.EINVAL;
    const keyWords = key.byteLength === 0 ? [] : ['key', ...hexWords(key)];
    const answer = this.call('update', ...keyWords, 'value', ...hexWords(value), word);
    return answer.ok ? 0 : -errnoIn(answer.error);
  }

  delete(key: Uint8Array): number {
    const answer = this.call('delete', 'key', ...hexWords(key));
    return answer.ok ? 0 : -errnoIn(answer.error);
  }

  private call(verb: string, ...words: readonly string[]) {
    return this.bpftool.call(['map', verb, 'pinned', this.pin, ...words]);
  }
}

function hexWords(bytes: Uint8Array): string[] {
  return ['hex', ...toHex(bytes).match(/../g)!];
}

interface PrintedEntry {
  readonly key?: readonly string[];
  readonly value?: unknown;
  readonly values?: readonly { readonly value: readonly string[] }[];
}

/** Undefined for slots that hold nothing, which bpftool lists with an error. */
function parseEntry(printed: unknown): MapEntry | undefined {
  const { key = [], value, values } = printed as PrintedEntry;
  const lists = values === undefined ? [value] : values.map(item => item.value);
  if (!lists.every(isByteList)) return undefined;
  return { key: Uint8Array.from(key, Number), values: lists.map(list => Uint8Array.from(list, Number)) };
}

function isByteList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}

/** What the C library calls the errors that map operations give. */
const ERROR_TEXTS: Readonly<Partial<Record<ErrnoName, string>>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  E2BIG: 'Argument list too long',
  EBADF: 'Bad file descriptor',
  ENOMEM: 'Cannot allocate memory',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EINVAL: 'Invalid argument',
  ENOSPC: 'No space left on device',
  EOVERFLOW: 'Value too large for defined data type',
  ENOTSOCK: 'Socket operation on non-socket',
  EOPNOTSUPP: 'Operation not supported',
  ENOTSUPP: 'Unknown error 524',
};

/** The errno in bpftool's words; EIO where they name none that is known here. */
function errnoIn(text: string): number {
  const found = Object.entries(ERROR_TEXTS).find(([, words]) => text.includes(words));
  return found === undefined ? ERRNO.EIO : ERRNO[found[0] as ErrnoName];
}

// A filter under test: one program of an object with its maps, and packets given to it one at a time.

import type { BtfValue } from '../btf/value.js';
import {
  DEFAULT_ENGINE_OPTIONS,
  type Engine,
  type EngineOptions,
  type Result,
  type Session,
} from '../engine/engine.js';
import { createInterpreter } from '../engine/interpreter/interpreter.js';
import type { MapAccess } from '../machine/map.js';
import { loadObject } from '../object/load.js';
import type { ObjectSpec } from '../object/spec.js';
import { errnoName } from '../platform/errno.js';
import { dumpMap, type MapDump } from '../report/map-dump.js';
import { InputError } from '../support/errors.js';
import { mapEntryOf, mapKeyOf } from './map-values.js';

/** How a filter is made. */
export interface FilterOptions {
  /** Name of the program; the first XDP program of the object unless told. */
  readonly program?: string | undefined;
  /** Values of global variables by name, set before the program is loaded. */
  readonly globals?: Readonly<Record<string, BtfValue>>;
  /** Stands in messages. */
  readonly fileName?: string;
  /** The interpreter unless told. */
  readonly engine?: Engine;
  readonly engineOptions?: Partial<EngineOptions>;
}

/** How a packet arrives. */
export interface Arrival {
  /** What bpf_ktime_get_ns gives; unless told, a microsecond after the packet before. */
  readonly timestampNanos?: bigint;
  readonly queue?: number;
  readonly cpu?: number;
  readonly ingressIfindex?: number;
}

/** The clock when a filter is made. */
const START_NANOS = 1_000_000_000n;
const STEP_NANOS = 1000n;

/** A program with its maps, which keep their contents from packet to packet until `reset`. */
export class Filter {
  readonly object: ObjectSpec;
  readonly programName: string;
  private readonly engine: Engine;
  private readonly engineOptions: EngineOptions;
  private session: Session;
  private clockNanos = START_NANOS;

  /**
   * @param objectBytes a BPF ELF object
   * @throws InputError for an object that cannot be loaded, or a program that it does not have
   */
  constructor(objectBytes: Uint8Array, options: FilterOptions = {}) {
    const { fileName = 'object', globals = {} } = options;
    this.object = loadObject(objectBytes, { fileName, globals });
    this.programName = programOf(this.object, options.program);
    this.engine = options.engine ?? createInterpreter();
    this.engineOptions = { ...DEFAULT_ENGINE_OPTIONS, objectBytes, ...options.engineOptions };
    this.session = this.engine.open(this.object, this.engineOptions);
  }

  /** Runs the program over one packet, an Ethernet frame. */
  run(bytes: Uint8Array, arrival: Arrival = {}): Result {
    const timestampNanos = arrival.timestampNanos ?? this.clockNanos;
    this.clockNanos = timestampNanos + STEP_NANOS;
    const { queue = 0, cpu = 0, ingressIfindex = 1 } = arrival;
    return this.session.run(this.programName, [{ bytes, timestampNanos, queue, cpu, ingressIfindex }])[0]!;
  }

  /** A map by name, that of global variables also by its section such as `.bss`. Throws InputError `map-unknown` naming what there is. */
  map(name: string): FilterMap {
    const section = this.object.maps.find(spec => spec.contents !== undefined && spec.section === name)?.name;
    const map = this.session.maps.get(section ?? name);
    if (map !== undefined) return new FilterMap(map, this.object);
    const names = [...this.session.maps.keys()].join(', ') || 'none';
    throw new InputError('map-unknown', `${this.object.fileName}: no map ${name}; it has ${names}`);
  }

  /** Empties all maps, sets globals back and restarts the clock. */
  reset(): void {
    this.session.close();
    this.session = this.engine.open(this.object, this.engineOptions);
    this.clockNanos = START_NANOS;
  }

  close(): void {
    this.session.close();
  }
}

function programOf(object: ObjectSpec, name: string | undefined): string {
  const found =
    name === undefined
      ? (object.programs.find(program => program.attachPoint === 'xdp' && program.autoload) ?? object.programs[0])
      : object.programs.find(program => program.name === name);
  if (found !== undefined) return found.name;
  const names = object.programs.map(program => program.name).join(', ') || 'none';
  throw new InputError('program-unknown', `${object.fileName}: no XDP program ${name ?? 'in it'}; it has ${names}`);
}

/** A map of a filter; keys and values as `mapEntryOf` takes them. */
export class FilterMap {
  readonly access: MapAccess;
  private readonly object: ObjectSpec;

  constructor(access: MapAccess, object: ObjectSpec) {
    this.access = access;
    this.object = object;
  }

  /** Stores an entry. Throws InputError `map-update` with the errno where the map refuses it. */
  set(key: unknown, value: unknown): this {
    return this.add({ key, value });
  }

  /** Stores an entry as it is written in specs: `key` and `value` or `values`. */
  add(entry: Readonly<Record<string, unknown>>): this {
    const { key, values } = mapEntryOf(entry, this.access.spec, this.object.btf);
    const error = this.access.update(key, values, 0);
    if (error >= 0) return this;
    throw new InputError('map-update', `map ${this.access.spec.name} refuses the entry: ${errnoName(error) ?? error}`);
  }

  /** The value under a key: what BTF describes where there is BTF, else bytes as a list; undefined where there is none. */
  get(key: unknown): unknown {
    const at = this.indexOf(mapKeyOf(key, this.access.spec, this.object.btf));
    if (at < 0) return undefined;
    const value = dumpedValue(this.dump()[at]!);
    return this.access.spec.contents === undefined ? value : variablesOf(value);
  }

  /** The bytes under exactly this key, of CPU 0 in a per-CPU map; a trie is not asked for its longest match. */
  bytesAt(key: Uint8Array): Uint8Array | undefined {
    return this.access.entries()[this.indexOf(key)]?.values[0];
  }

  private indexOf(key: Uint8Array): number {
    const wanted = key.join();
    return this.access.entries().findIndex(entry => entry.key.join() === wanted);
  }

  /** All entries in the shape of `bpftool map dump -j`. */
  dump(): MapDump {
    return dumpMap(this.access, this.object.btf);
  }

  delete(key: unknown): boolean {
    return this.access.delete(mapKeyOf(key, this.access.spec, this.object.btf)) === 0;
  }

  get size(): number {
    return this.access.size;
  }
}

/** A data section is dumped as `{".bss": [{"name": value}, ...]}`: here it is one object of its variables. */
function variablesOf(section: unknown): unknown {
  const lists = typeof section === 'object' && section !== null ? Object.values(section) : [];
  return lists.length === 1 && Array.isArray(lists[0]) ? Object.assign({}, ...lists[0]) : section;
}

function dumpedValue(entry: MapDump[number]): unknown {
  const formatted = entry.formatted as { value?: unknown; values?: readonly { value: unknown }[] } | undefined;
  if (formatted?.values !== undefined) return formatted.values.map(({ value }) => value);
  if (formatted !== undefined) return formatted.value;
  return entry.value?.map(Number) ?? entry.values?.map(({ value }) => value.map(Number));
}

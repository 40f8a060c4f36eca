// What is known of a register, or of a value spilled to the stack. Values: a change makes a new one, so states share them.
import { type Bounds, UNKNOWN, ZERO } from '../number/bounds.js';
import type { KnownMap } from './known-map.js';

/** What a register holds: nothing readable, a number, or a pointer to one of these. */
export type RegisterKind =
  | 'uninitialised'
  | 'scalar'
  | 'context'
  | 'map'
  | 'mapKey'
  | 'mapValue'
  | 'stack'
  | 'packet'
  | 'packetMeta'
  | 'packetEnd'
  | 'socket'
  | 'socketCommon'
  | 'xdpSocket'
  /** Struct of the kernel; `typeName` names it. */
  | 'object'
  | 'memory'
  | 'function'
  /** A dynptr handed to a callback. */
  | 'dynptr';

/** What is said of a pointer beside its kind. */
export const FLAG = {
  maybeNull: 1,
  readOnly: 2,
  ringbuf: 4,
  trusted: 8,
  untrusted: 16,
  rcu: 32,
  perCpu: 64,
  allocated: 128,
  nonOwning: 256,
  /** Memory of a dynptr on the packet. */
  packetSlice: 512,
} as const;

/** `range` of a packet pointer that was found to stand at or beyond the end. */
export const AT_PACKET_END = -1;
export const BEYOND_PACKET_END = -2;

/** The fields that a register may have besides kind and bounds; what does not apply is 0 or undefined. */
export interface RegisterFields {
  readonly flags: number;
  /** Ties copies of one number, of one possibly-null pointer, of one packet pointer. */
  readonly id: number;
  /** Not 0: the number is that of the others with this id plus `offset`, added with so many bits. */
  readonly sumWidth: 0 | 32 | 64;
  /** Constant part of a pointer's offset in bytes; the variable part is `bounds`. */
  readonly offset: number;
  /** Bytes behind a packet pointer that were proved to lie in the packet, or AT_PACKET_END, BEYOND_PACKET_END. */
  readonly range: number;
  readonly map: KnownMap | undefined;
  /** Tells lookups of inner maps apart. */
  readonly mapUid: number;
  /** Size in bytes of what a `memory` pointer leads to. */
  readonly memoryBytes: number;
  /** Frame whose stack a `stack` pointer leads into. */
  readonly frame: number;
  /** Index of the function that a `function` pointer leads to. */
  readonly subprogram: number;
  /** The reference that this pointer owns. */
  readonly referenceId: number;
  /** The dynptr that this slice belongs to. */
  readonly dynptrId: number;
  /** Struct behind an `object` pointer; type of a `dynptr`. */
  readonly typeName: string;
  /** Of that struct in the object's types, where programs allocate it; 0 for structs of the kernel. */
  readonly typeId: number;
}

const NO_FIELDS: RegisterFields = {
  flags: 0,
  id: 0,
  sumWidth: 0,
  offset: 0,
  range: 0,
  map: undefined,
  mapUid: 0,
  memoryBytes: 0,
  frame: 0,
  subprogram: 0,
  referenceId: 0,
  dynptrId: 0,
  typeName: '',
  typeId: 0,
};

/** A register's contents. */
export class Register implements RegisterFields {
  readonly kind: RegisterKind;
  readonly bounds: Bounds;
  readonly flags: number;
  readonly id: number;
  readonly sumWidth: 0 | 32 | 64;
  readonly offset: number;
  readonly range: number;
  readonly map: KnownMap | undefined;
  readonly mapUid: number;
  readonly memoryBytes: number;
  readonly frame: number;
  readonly subprogram: number;
  readonly referenceId: number;
  readonly dynptrId: number;
  readonly typeName: string;
  readonly typeId: number;

  constructor(kind: RegisterKind, bounds: Bounds, fields: RegisterFields) {
    this.kind = kind;
    this.bounds = bounds;
    this.flags = fields.flags;
    this.id = fields.id;
    this.sumWidth = fields.sumWidth;
    this.offset = fields.offset;
    this.range = fields.range;
    this.map = fields.map;
    this.mapUid = fields.mapUid;
    this.memoryBytes = fields.memoryBytes;
    this.frame = fields.frame;
    this.subprogram = fields.subprogram;
    this.referenceId = fields.referenceId;
    this.dynptrId = fields.dynptrId;
    this.typeName = fields.typeName;
    this.typeId = fields.typeId;
  }

  /** A copy with other fields. */
  with(fields: Partial<RegisterFields>): Register {
    return new Register(this.kind, this.bounds, { ...fieldsOf(this), ...fields });
  }

  withBounds(bounds: Bounds): Register {
    return bounds === this.bounds ? this : new Register(this.kind, bounds, this);
  }

  get isNullable(): boolean {
    return (this.flags & FLAG.maybeNull) !== 0;
  }

  get isPointer(): boolean {
    return this.kind !== 'scalar' && this.kind !== 'uninitialised';
  }

  get isPacketPointer(): boolean {
    return this.kind === 'packet' || this.kind === 'packetMeta';
  }

  /** A number that is known to be 0. */
  get isNull(): boolean {
    return this.kind === 'scalar' && this.bounds.bits.mask === 0n && this.bounds.bits.value === 0n;
  }

  /** The number, where it is one number. */
  get constant(): bigint | undefined {
    return this.kind === 'scalar' && this.bounds.bits.mask === 0n ? this.bounds.bits.value : undefined;
  }
}

function fieldsOf(register: Register): RegisterFields {
  const { flags, id, sumWidth, offset, range, map, mapUid, memoryBytes, frame, subprogram, referenceId } = register;
  const { dynptrId, typeName, typeId } = register;
  return {
    flags,
    id,
    sumWidth,
    offset,
    range,
    map,
    mapUid,
    memoryBytes,
    frame,
    subprogram,
    referenceId,
    dynptrId,
    typeName,
    typeId,
  };
}

/** Nothing that may be read. */
export const UNINITIALISED = new Register('uninitialised', UNKNOWN, NO_FIELDS);

/** A number of which nothing is known. */
export const UNKNOWN_SCALAR = new Register('scalar', UNKNOWN, NO_FIELDS);

/** A number without ties to others. */
export function scalar(bounds: Bounds): Register {
  return bounds === UNKNOWN ? UNKNOWN_SCALAR : new Register('scalar', bounds, NO_FIELDS);
}

/** A pointer to the start of something. */
export function pointer(kind: RegisterKind, fields: Partial<RegisterFields> = {}): Register {
  return new Register(kind, ZERO, { ...NO_FIELDS, ...fields });
}

/** Whether two pointers have the same kind and the same flags. */
export function sameType(a: Register, b: Register): boolean {
  return a.kind === b.kind && a.flags === b.flags && a.typeName === b.typeName && a.typeId === b.typeId;
}

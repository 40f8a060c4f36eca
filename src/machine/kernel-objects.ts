// Objects of the kernel that programs hold pointers to: addresses that lead to nothing a program may read, and what they stand for.
import type { MachineMemory } from './memory.js';

const HANDLE_BYTES = 8;

/** An object with its kind, and whatever belongs to it. */
interface Held {
  readonly kind: string;
  readonly value: unknown;
}

/** Addresses of kernel objects in a machine's memory. */
export class KernelObjects {
  private readonly memory: MachineMemory;
  private readonly held = new Map<number, Held>();
  private readonly free: number[] = [];
  private readonly singles = new Map<string, number>();

  constructor(memory: MachineMemory) {
    this.memory = memory;
  }

  /** Objects that are held. */
  get count(): number {
    return this.held.size;
  }

  /** A new address that stands for `value`. */
  add(kind: string, value: unknown): number {
    const address = this.free.pop() ?? this.memory.allocate(HANDLE_BYTES, HANDLE_BYTES, 'kernel object');
    this.held.set(address, { kind, value });
    return address;
  }

  /** The one object of a kind of which there is one. */
  single(kind: string): number {
    const known = this.singles.get(kind);
    if (known !== undefined) return known;
    const address = this.add(kind, undefined);
    this.singles.set(kind, address);
    return address;
  }

  /** What stands at an address; undefined where nothing of that kind does. The caller knows the type that goes with the kind. */
  at(address: number, kind: string): unknown {
    const found = this.held.get(address);
    return found?.kind === kind ? found.value : undefined;
  }

  /** The address may be used for another object. */
  remove(address: number): void {
    if (this.held.delete(address)) this.free.push(address);
  }
}

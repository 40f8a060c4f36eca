// The one linear memory of a machine: contexts, stacks, frames and map values live here, for every engine.
// Addresses are 32-bit byte offsets; page 0 is never handed out, so that address 0 is NULL and small integers are no addresses.
import { InputError } from '../support/errors.js';
import { createWasmMemory, type WasmMemory } from './wasm-memory.js';

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
/**
 * Enough for most programs: once a memory of the process has grown, V8 looks at every access to every typed array whether it is still there,
 * which made timed runs a quarter slower.
 */
const FIRST_PAGES = 64;

/**
 * Grows on demand and never shrinks; what was allocated never moves. Growing replaces the views (`bytes`, `view` ...), so no caller keeps
 * one across a call that may allocate.
 */
export class MachineMemory {
  /** For the compiler: the memory that emitted modules import. */
  readonly wasm: WasmMemory;
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView<ArrayBuffer>;
  i32: Int32Array;
  u32: Uint32Array;
  private next = PAGE_BYTES;

  constructor() {
    this.wasm = createWasmMemory({ initial: FIRST_PAGES, maximum: MAX_PAGES });
    this.bytes = new Uint8Array(this.wasm.buffer);
    this.view = new DataView(this.wasm.buffer);
    this.i32 = new Int32Array(this.wasm.buffer);
    this.u32 = new Uint32Array(this.wasm.buffer);
  }

  /** Bytes handed out so far, page 0 included. */
  get usedBytes(): number {
    return this.next;
  }

  /**
   * Address of `sizeBytes` zero bytes, aligned to `alignment` (a power of two).
   * @throws InputError `memory-exhausted` naming `what` when 4 GiB do not suffice
   */
  allocate(sizeBytes: number, alignment: number, what: string): number {
    const address = Math.ceil(this.next / alignment) * alignment;
    const end = address + sizeBytes;
    if (!Number.isSafeInteger(end) || end > MAX_PAGES * PAGE_BYTES) this.exhausted(sizeBytes, what);
    if (end > this.bytes.byteLength) this.grow(end, sizeBytes, what);
    this.next = end;
    return address;
  }

  private grow(end: number, sizeBytes: number, what: string): void {
    const missing = Math.ceil((end - this.bytes.byteLength) / PAGE_BYTES);
    const room = MAX_PAGES - this.bytes.byteLength / PAGE_BYTES;
    const generous = Math.min(room, Math.max(missing, Math.min(256, this.bytes.byteLength / PAGE_BYTES)));
    try {
      this.wasm.grow(generous);
    } catch {
      this.exhausted(sizeBytes, what);
    }
    this.refresh();
  }

  private refresh(): void {
    this.bytes = new Uint8Array(this.wasm.buffer);
    this.view = new DataView(this.wasm.buffer);
    this.i32 = new Int32Array(this.wasm.buffer);
    this.u32 = new Uint32Array(this.wasm.buffer);
  }

  private exhausted(sizeBytes: number, what: string): never {
    throw new InputError(
      'memory-exhausted',
      `${what}: ${sizeBytes} bytes do not fit in the 4 GiB of simulated memory (${this.next} bytes in use)`,
    );
  }
}

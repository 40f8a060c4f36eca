// WebAssembly's Memory by a type of our own, since neither TypeScript's ES library nor Node's types declare it without the DOM's.

/** A growable memory; `buffer` is replaced by a call of `grow`. Sizes in pages of 64 KiB. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(deltaPages: number): number;
}

interface WasmGlobal {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => WasmMemory;
}

/** A new zeroed memory. */
export function createWasmMemory(sizePages: { readonly initial: number; readonly maximum: number }): WasmMemory {
  const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WasmGlobal };
  return new WebAssembly.Memory({ ...sizePages });
}

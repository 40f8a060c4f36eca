// WebAssembly's JavaScript interface by types of our own, since neither TypeScript's ES library nor Node's types declare it without the DOM's.
import type { WasmMemory } from '../../../machine/wasm-memory.js';

/** A function that an instance exports; with i32 parameters and results only. */
export type WasmFunction = (...values: readonly number[]) => number;

/** A table of functions. */
export interface WasmTable {
  get(index: number): WasmFunction | null;
  set(index: number, value: WasmFunction | null): void;
}

/** What modules import as `host`. */
export type HostImports = Readonly<
  Record<string, WasmMemory | WasmTable | WasmFunction | ((...values: number[]) => void)>
>;

interface WebAssemblyGlobal {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly host: HostImports },
  ) => { readonly exports: Readonly<Record<string, WasmFunction>> };
  readonly Table: new (descriptor: { element: 'anyfunc'; initial: number }) => WasmTable;
}

function webAssembly(): WebAssemblyGlobal {
  return (globalThis as unknown as { readonly WebAssembly: WebAssemblyGlobal }).WebAssembly;
}

/** A table with `length` empty places. */
export function createTable(length: number): WasmTable {
  const { Table } = webAssembly();
  return new Table({ element: 'anyfunc', initial: length });
}

/** Compiles and instantiates a module; its exported functions. */
export function instantiate(bytes: Uint8Array, host: HostImports): Readonly<Record<string, WasmFunction>> {
  const { Module, Instance } = webAssembly();
  return new Instance(new Module(bytes), { host }).exports;
}

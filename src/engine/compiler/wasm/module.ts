// A WebAssembly module: types, imports, functions, exports. WebAssembly Core Specification 2.0, section 5.5.
import { assert } from '../../../support/errors.js';
import { WasmBytes } from './bytes.js';
import type { ValueType } from './opcodes.js';

const MAX_PAGES = 65536;
const FUNCTION_TYPE = 0x60;
const FUNCREF = 0x70;
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const KIND = { function: 0, table: 1, memory: 2 } as const;

/** Parameter and result types of a function. */
export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Collects the parts of a module in any order; only imports must come before functions. */
export class ModuleWriter {
  private readonly types: Signature[] = [];
  private readonly typeIndexes = new Map<string, number>();
  private readonly importedFunctions: { readonly name: string; readonly type: number }[] = [];
  private readonly functions: { readonly type: number; body: Uint8Array | undefined }[] = [];
  private readonly exports: { readonly name: string; readonly index: number }[] = [];

  typeIndex(signature: Signature): number {
    const key = `${signature.parameters.join()}>${signature.results.join()}`;
    const known = this.typeIndexes.get(key);
    if (known !== undefined) return known;
    this.typeIndexes.set(key, this.types.length);
    return this.types.push(signature) - 1;
  }

  /** Imports `host.name`; gives the function's index. */
  importFunction(name: string, signature: Signature): number {
    assert(this.functions.length === 0, 'imports before functions');
    return this.importedFunctions.push({ name, type: this.typeIndex(signature) }) - 1;
  }

  /** Makes room for a function, so that others can call it before its body is written; gives its index. */
  declareFunction(signature: Signature): number {
    return (
      this.importedFunctions.length + this.functions.push({ type: this.typeIndex(signature), body: undefined }) - 1
    );
  }

  /** @param body what CodeWriter.finish gave */
  defineFunction(index: number, body: Uint8Array): void {
    this.functions[index - this.importedFunctions.length]!.body = body;
  }

  exportFunction(name: string, index: number): void {
    this.exports.push({ name, index });
  }

  /** The module's bytes. It imports `host.memory` and `host.table`. */
  finish(): Uint8Array {
    const module = new WasmBytes();
    module.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    section(module, SECTION.type, this.types, writeType);
    this.writeImports(module);
    section(module, SECTION.function, this.functions, (out, { type }) => out.u32(type));
    section(module, SECTION.export, this.exports, (out, { name, index }) => {
      out.name(name);
      out.byte(KIND.function);
      out.u32(index);
    });
    section(module, SECTION.code, this.functions, (out, { body }) => {
      assert(body !== undefined, 'a body for every declared function');
      out.append(body);
    });
    return module.written.slice();
  }

  private writeImports(module: WasmBytes): void {
    const writers = [
      ...this.importedFunctions.map(({ name, type }) => (out: WasmBytes) => {
        importName(out, name, KIND.function);
        out.u32(type);
      }),
      (out: WasmBytes) => {
        importName(out, 'memory', KIND.memory);
        for (const byte of [1, 0]) out.byte(byte);
        out.u32(MAX_PAGES);
      },
      (out: WasmBytes) => {
        importName(out, 'table', KIND.table);
        for (const byte of [FUNCREF, 0, 0]) out.byte(byte);
      },
    ];
    section(module, SECTION.import, writers, (out, write) => write(out));
  }
}

function importName(out: WasmBytes, name: string, kind: number): void {
  out.name('host');
  out.name(name);
  out.byte(kind);
}

function writeType(out: WasmBytes, { parameters, results }: Signature): void {
  out.byte(FUNCTION_TYPE);
  for (const types of [parameters, results]) {
    out.u32(types.length);
    for (const type of types) out.byte(type);
  }
}

function section<T>(
  module: WasmBytes,
  id: number,
  items: readonly T[],
  write: (out: WasmBytes, item: T) => void,
): void {
  const content = new WasmBytes();
  content.u32(items.length);
  for (const item of items) write(content, item);
  module.byte(id);
  module.u32(content.length);
  module.append(content.written);
}

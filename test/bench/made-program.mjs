// Programs made from instructions, where an object file would only be in the way.

/** An object with one program of this code: instructions of 8 bytes each. */
export function objectOf(name, code) {
  const spec = { name, section: 'xdp', attachPoint: 'xdp', hasFragments: false, autoload: true, code };
  const program = { ...spec, references: new Map(), functions: [], lines: [] };
  const common = { fileName: name, byteOrder: 'little', license: 'GPL', programs: [program], otherPrograms: [] };
  return { ...common, maps: [], relocations: [], btf: undefined, warnings: [] };
}

/** Code of instructions given as opcode, registers (source << 4 | destination), offset and immediate. */
export function codeOf(instructions) {
  const code = new Uint8Array(8 * instructions.length);
  const view = new DataView(code.buffer);
  for (const [slot, [opcode, registers, offset, immediate]] of instructions.entries()) {
    view.setUint8(8 * slot, opcode);
    view.setUint8(8 * slot + 1, registers);
    view.setInt16(8 * slot + 2, offset, true);
    view.setInt32(8 * slot + 4, immediate, true);
  }
  return code;
}

// Arguments of global functions, as their BTF types declare them: what a caller must pass, and what the function may rely on.
import type { Btf } from '../../btf/btf.js';
import { sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { ErrnoName } from '../../platform/errno.js';
import { UNKNOWN } from '../number/bounds.js';
import type { Subprogram } from '../program.js';
import { Rejected, reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar } from '../state/register.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { requireHelperMemory } from './helper-memory.js';
import { requireFixedOffset } from './memory.js';

/** A parameter of a global function. */
type Parameter =
  | { readonly kind: 'number' }
  | { readonly kind: 'context' }
  | { readonly kind: 'memory'; readonly bytes: number; readonly mayBeNull: boolean }
  | { readonly kind: 'dynptr' }
  | { readonly kind: 'unsupported'; readonly lines: readonly string[] };

/** The kernel's lines where the caller's registers do not fit the parameters. */
export function checkGlobalArguments(
  walker: Walker,
  callee: Subprogram,
): { readonly errno: ErrnoName; readonly lines: readonly string[] } | undefined {
  try {
    parametersOf(walker, callee).forEach((parameter, at) => {
      requireArgument(walker, parameter, at);
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    return { errno: error.errno, lines: error.lines };
  }
}

function requireArgument(walker: Walker, parameter: Parameter, at: number): void {
  const number = at + 1;
  const register = walker.get(number);
  switch (parameter.kind) {
    case 'number':
      if (register.kind === 'uninitialised') reject('EACCES', `R${number} !read_ok`, number);
      if (register.kind !== 'scalar') reject('EINVAL', `R${number} is not a scalar`, number);
      return;
    case 'context':
      if (register.kind === 'uninitialised') reject('EACCES', `R${number} !read_ok`, number);
      if (register.kind !== 'context') reject('EINVAL', `arg#${at} expects pointer to ctx`, number);
      requireFixedOffset(register, number, false);
      return;
    case 'memory':
      return requireMemory(walker, register, number, parameter);
    case 'dynptr':
      if (register.kind !== 'stack' && register.kind !== 'dynptr') {
        reject('EINVAL', `arg#${at} expected pointer to stack or const struct bpf_dynptr`, number);
      }
      return;
    default:
      throw new Rejected('EINVAL', parameter.lines);
  }
}

function requireMemory(
  walker: Walker,
  register: Register,
  number: number,
  { bytes, mayBeNull }: Extract<Parameter, { kind: 'memory' }>,
): void {
  if (register.kind === 'uninitialised') reject('EACCES', `R${number} !read_ok`, number);
  if (register.isNull) {
    if (mayBeNull) return;
    reject('EINVAL', `arg#${number - 1} is expected to be non-NULL`, number);
  }
  const tested = register.isNullable ? register.with({ flags: register.flags & ~FLAG.maybeNull }) : register;
  if (register.isNullable && !mayBeNull) reject('EINVAL', `arg#${number - 1} is expected to be non-NULL`, number);
  const memory = { base: tested, register: number, size: bytes, mayBeEmpty: true } as const;
  requireHelperMemory(walker, { ...memory, mode: 'read' });
  requireHelperMemory(walker, { ...memory, mode: 'write' });
}

/** Registers of a global function as its own verification starts. */
export function enterGlobal(walker: Walker, callee: Subprogram, frame: Frame): void {
  parametersOf(walker, callee).forEach((parameter, at) => {
    frame.registers[at + 1] = initialRegister(walker, parameter);
  });
}

function initialRegister(walker: Walker, parameter: Parameter): Register {
  switch (parameter.kind) {
    case 'number':
      return scalar(UNKNOWN);
    case 'context':
      return pointer('context');
    case 'memory': {
      const flags = parameter.mayBeNull ? FLAG.maybeNull : 0;
      return pointer('memory', { flags, id: walker.newId(), memoryBytes: parameter.bytes });
    }
    case 'dynptr':
      return pointer('dynptr', { id: walker.newId(), typeName: 'local' });
    default:
      throw new Rejected('EINVAL', parameter.lines);
  }
}

function parametersOf(walker: Walker, callee: Subprogram): readonly Parameter[] {
  const { btf } = walker.prepared;
  const typeId = callee.spec?.typeId;
  if (btf === undefined || typeId === undefined) return [];
  const fn = btf.typeById(typeId);
  const prototype = fn.kind === 'func' ? btf.typeById(fn.typeId) : fn;
  if (prototype.kind !== 'func_proto') return [];
  if (prototype.parameters.length > 5) {
    const line = `Global function ${callee.name}() with ${prototype.parameters.length} > 5 args. Buggy compiler.`;
    throw new Rejected('EINVAL', [line]);
  }
  requireResult(btf, prototype.returnTypeId, callee.name);
  const tags = argumentTags(btf, typeId);
  return prototype.parameters.map(({ typeId: id }, at) => parameterOf(btf, id, at, callee.name, tags.get(at) ?? []));
}

function requireResult(btf: Btf, typeId: number, name: string): void {
  const result = skipModifiers(btf, typeId);
  if (result.kind === 'int' || result.kind === 'enum' || result.kind === 'enum64' || result.kind === 'void') return;
  reject('EINVAL', `Global function ${name}() return value not void or scalar. Only those are supported.`);
}

/** Declaration tags `arg:...` of a function, by parameter. */
function argumentTags(btf: Btf, functionId: number): ReadonlyMap<number, readonly string[]> {
  const tags = new Map<number, string[]>();
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.typeById(id);
    if (type.kind !== 'decl_tag' || type.typeId !== functionId || !type.name.startsWith('arg:')) continue;
    const list = tags.get(type.componentIndex) ?? [];
    list.push(type.name.slice(4));
    tags.set(type.componentIndex, list);
  }
  return tags;
}

function parameterOf(btf: Btf, typeId: number, at: number, name: string, tags: readonly string[]): Parameter {
  const type = skipModifiers(btf, typeId);
  if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') return { kind: 'number' };
  if (type.kind !== 'ptr')
    return unsupported(`Arg#${at} type ${typeText(type.kind)} in ${name}() is not supported yet.`);
  const target = skipModifiers(btf, type.typeId);
  if (tags.includes('ctx') || (target.kind === 'struct' && target.name === 'xdp_md')) return { kind: 'context' };
  if (target.kind === 'struct' && target.name === 'bpf_dynptr') return { kind: 'dynptr' };
  const bytes = sizeOf(btf, type.typeId);
  if (bytes === undefined) {
    return unsupported(
      `arg#${at} reference type('${typeText(target.kind)} ${target.name}') size cannot be determined: -22`,
    );
  }
  return { kind: 'memory', bytes, mayBeNull: !tags.includes('nonnull') };
}

function unsupported(line: string): Parameter {
  return { kind: 'unsupported', lines: [line] };
}

function typeText(kind: string): string {
  return kind === 'void' ? 'UNKNOWN' : kind.toUpperCase();
}

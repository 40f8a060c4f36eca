// Arguments of global functions, as their BTF types declare them: what a caller must pass, and what the function may rely on.
import { type Btf, essentialName } from '../../btf/btf.js';
import { sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfType } from '../../btf/types.js';
import type { ErrnoName } from '../../platform/errno.js';
import { UNKNOWN } from '../number/bounds.js';
import type { Subprogram } from '../program.js';
import { Rejected, reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar } from '../state/register.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { initialisedDynptr } from './dynptr.js';
import { requireHelperMemory } from './helper-memory.js';
import { servesAs } from './kernel-struct.js';
import { requireFixedOffset } from './memory.js';
import { typeName } from './names.js';

/** A parameter of a global function. */
type Parameter =
  | { readonly kind: 'number' }
  | { readonly kind: 'context' }
  | { readonly kind: 'memory'; readonly bytes: number; readonly mayBeNull: boolean }
  | { readonly kind: 'dynptr' }
  /** A struct of the kernel that the caller can vouch for. */
  | { readonly kind: 'object'; readonly struct: string; readonly mayBeNull: boolean }
  /** Anything at all: reads through it are guarded. The struct is '' where it is plain memory. */
  | { readonly kind: 'untrusted'; readonly struct: string }
  | { readonly kind: 'unsupported'; readonly errno: ErrnoName; readonly lines: readonly string[] };

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
      initialisedDynptr(walker, register, at);
      return;
    case 'object':
      return requireObject(walker, register, number, parameter);
    case 'untrusted':
      return;
    default:
      throw new Rejected(parameter.errno, parameter.lines);
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

function requireObject(
  walker: Walker,
  register: Register,
  number: number,
  { struct, mayBeNull }: Extract<Parameter, { kind: 'object' }>,
): void {
  if (register.kind === 'uninitialised') reject('EACCES', `R${number} !read_ok`, number);
  if (mayBeNull && register.isNull) return;
  const flags = register.flags & ~(mayBeNull ? FLAG.maybeNull : 0);
  if (register.kind !== 'object' || (flags & ~(FLAG.trusted | FLAG.rcu)) !== 0) {
    reject('EACCES', `R${number} type=${typeName(register)} expected=ptr_, trusted_ptr_, rcu_ptr_`, number);
  }
  if (!servesAs(walker.settings.kernelTypes, register.typeName, register.offset, struct)) {
    reject('EACCES', `R${number} is of type ${register.typeName} but ${struct} is expected`, number);
  }
}

/** The kernel reads the main program's type as if it were a global function's, and logs what it does not like; nothing follows from it. */
export function noteMainArguments(walker: Walker): void {
  try {
    const parameters = parametersOf(walker, walker.prepared.subprograms[0]!);
    const wrong = parameters.find(({ kind }) => kind === 'unsupported');
    if (wrong?.kind === 'unsupported') for (const line of wrong.lines) walker.log.line(line);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    for (const line of error.lines) walker.log.line(line);
  }
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
    case 'object': {
      const flags = FLAG.trusted | (parameter.mayBeNull ? FLAG.maybeNull : 0);
      return pointer('object', { flags, id: parameter.mayBeNull ? walker.newId() : 0, typeName: parameter.struct });
    }
    case 'untrusted':
      if (parameter.struct === '') return pointer('memory', { flags: FLAG.readOnly | FLAG.untrusted });
      return pointer('object', { flags: FLAG.untrusted, typeName: parameter.struct });
    default:
      throw new Rejected(parameter.errno, parameter.lines);
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
  if (result.kind === 'int' || result.kind === 'enum' || result.kind === 'enum64') return;
  reject('EINVAL', `Global function ${name}() doesn't return scalar. Only those are supported.`);
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

const TAGS: ReadonlySet<string> = new Set(['ctx', 'trusted', 'nullable', 'nonnull', 'untrusted', 'arena']);

function parameterOf(btf: Btf, typeId: number, at: number, name: string, tags: readonly string[]): Parameter {
  if (tags.some(tag => !TAGS.has(tag))) return unsupported(`arg#${at} has unsupported set of tags`, 'EOPNOTSUPP');
  const type = skipModifiers(btf, typeId);
  if (type.kind !== 'ptr') {
    if (tags.length > 0) return unsupported(`arg#${at} has pointer tag, but is not a pointer type`);
    if (type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64') return { kind: 'number' };
    return unsupported(`Arg#${at} type ${typeText(type.kind)} in ${name}() is not supported yet.`);
  }
  return pointerParameter(btf, type.typeId, at, tags);
}

function pointerParameter(btf: Btf, targetId: number, at: number, tags: readonly string[]): Parameter {
  const target = skipModifiers(btf, targetId);
  const isContext = tags.includes('ctx') || (target.kind === 'struct' && target.name === 'xdp_md');
  const isDynptr = target.kind === 'struct' && target.name === 'bpf_dynptr';
  const allowed = isContext
    ? ['ctx']
    : isDynptr
      ? []
      : (ALLOWED_WITH[tags.find(tag => tag in ALLOWED_WITH) ?? ''] ?? ['nonnull']);
  if (tags.some(tag => !allowed.includes(tag))) return unsupported(`arg#${at} has invalid combination of tags`);
  if (isContext) return { kind: 'context' };
  if (isDynptr) return { kind: 'dynptr' };
  const struct = target.kind === 'struct' ? essentialName(target.name) : '';
  if (tags.includes('trusted')) return { kind: 'object', struct, mayBeNull: tags.includes('nullable') };
  if (tags.includes('untrusted')) return { kind: 'untrusted', struct };
  return memoryParameter(btf, targetId, target, at, tags);
}

/** Tags that go with another. */
const ALLOWED_WITH: Readonly<Record<string, readonly string[]>> = {
  trusted: ['trusted', 'nullable'],
  untrusted: ['untrusted'],
};

function memoryParameter(btf: Btf, targetId: number, target: BtfType, at: number, tags: readonly string[]): Parameter {
  const bytes = sizeOf(btf, targetId);
  if (bytes === undefined) {
    return unsupported(
      `arg#${at} reference type('${typeText(target.kind)} ${target.kind === 'void' ? '' : target.name}') size cannot be determined: -22`,
    );
  }
  return { kind: 'memory', bytes, mayBeNull: !tags.includes('nonnull') };
}

function unsupported(line: string, errno: ErrnoName = 'EINVAL'): Parameter {
  return { kind: 'unsupported', errno, lines: [line] };
}

function typeText(kind: string): string {
  return kind === 'void' ? 'UNKNOWN' : kind.toUpperCase();
}

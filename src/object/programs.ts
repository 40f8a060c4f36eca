// Which functions of an object are programs, of which kind, and what becomes of those that cannot be loaded.
import type { Btf } from '../btf/btf.js';
import { skipModifiers } from '../btf/resolve.js';
import { OTHER_SECTIONS, type SectionKind, sectionKind, XDP_SECTIONS, type XdpSection } from '../platform/sections.js';
import { InputError } from '../support/errors.js';
import type { CodeFunction } from './functions.js';
import { type LinkedCode, type LinkInput, link } from './link.js';
import type { OtherProgram, ProgramSpec, RunConfig } from './spec.js';

/** What describing programs draws on. */
export interface ProgramInput {
  readonly link: LinkInput;
  readonly btf: Btf | undefined;
  readonly runConfigs: ReadonlyMap<string, RunConfig>;
  readonly lenient: boolean;
  /** No program fails the object. */
  readonly eachAlone: boolean;
  readonly warnings: string[];
}

/** The programs of an object. */
export interface Programs {
  readonly programs: readonly ProgramSpec[];
  readonly otherPrograms: readonly OtherProgram[];
}

/** What a function with an entry point is loaded as. */
type Role =
  | { readonly kind: 'xdp'; readonly section: XdpSection; readonly isAutoloaded: boolean }
  | { readonly kind: 'other'; readonly type: string; readonly reason: string };

/**
 * Links every XDP program. libbpf gives up the whole object for one program that it cannot prepare; here programs of other types and
 * XDP programs that are not loaded by default (`?xdp`) only lose themselves: they are listed with the reason. An XDP program that is
 * loaded by default fails the object, unless `lenient` and another one is usable, or `eachAlone`.
 * @throws InputError of the first such program
 */
export function describePrograms(entries: readonly CodeFunction[], input: ProgramInput): Programs {
  const programs: ProgramSpec[] = [];
  const otherPrograms: OtherProgram[] = [];
  let firstProblem: InputError | undefined;
  for (const fn of entries) {
    const role = roleOf(fn, input);
    for (const name of [fn.name, ...fn.aliases]) {
      const program = role.kind === 'xdp' ? prepare(fn, name, role, input) : role.reason;
      if (typeof program === 'object' && !(program instanceof Error)) {
        programs.push(program);
        continue;
      }
      const reason = typeof program === 'string' ? program : program.message;
      otherPrograms.push(other(fn, name, role.kind === 'xdp' ? 'xdp' : role.type, reason));
      if (program instanceof Error && role.kind === 'xdp') {
        if (role.isAutoloaded && !input.lenient && !input.eachAlone) throw program;
        firstProblem ??= program;
      }
    }
  }
  if (programs.length === 0 && firstProblem !== undefined && !input.eachAlone) throw firstProblem;
  return { programs, otherPrograms };
}

function other(fn: CodeFunction, name: string, type: string, reason: string): OtherProgram {
  return { name, section: fn.section.name, type, instructions: fn.slots, reason };
}

function prepare(
  fn: CodeFunction,
  name: string,
  { section, isAutoloaded }: Role & { kind: 'xdp' },
  input: ProgramInput,
): ProgramSpec | InputError {
  let linked: LinkedCode;
  try {
    requireLoadable(fn, input);
    linked = link(fn, input.link);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  const runConfig = input.runConfigs.get(name);
  return {
    name,
    section: fn.section.name,
    attachPoint: section.attachPoint,
    hasFragments: section.hasFragments,
    autoload: isAutoloaded,
    ...linked,
    ...(runConfig === undefined ? {} : { runConfig }),
  };
}

function requireLoadable(fn: CodeFunction, { lenient }: ProgramInput): void {
  if (!fn.isLocal || lenient) return;
  throw new InputError(
    'program-static',
    `cut functions: sec '${fn.section.name}': program '${fn.name}' is static and not supported; remove 'static', or its SEC() if it is a subprogram, or load with --lenient`,
  );
}

function roleOf(fn: CodeFunction, { btf, link: { source }, warnings }: ProgramInput): Role {
  const kind = sectionKind(fn.section.name);
  if (kind.kind === 'xdp') return { kind: 'xdp', section: kind.section, isAutoloaded: kind.isAutoloaded };
  if (kind.kind === 'other') {
    return { kind: 'other', type: kind.type, reason: `of type ${kind.type}, no XDP program` };
  }
  const context = contextType(btf, source.typeIdOf(fn));
  if (context !== undefined && context !== 'xdp_md') {
    const reason = `no section name of a program type, and its argument is a struct ${context}`;
    return { kind: 'other', type: 'unknown', reason };
  }
  const older = context === undefined && kind.kind === 'unknown' ? olderType(fn.section.name) : undefined;
  if (older !== undefined) {
    return { kind: 'other', type: older, reason: `section name that older loaders took for type ${older}` };
  }
  warnings.push(oddSection(fn));
  return { kind: 'xdp', section: assumedSection(kind), isAutoloaded: kind.isAutoloaded };
}

/** Before 1.0, libbpf and others took a name for a type that it only begins with: `socket/main`, `tc_ingress`. */
function olderType(sectionName: string): string | undefined {
  for (const [type, patterns] of Object.entries(OTHER_SECTIONS)) {
    const isStart = (pattern: string): boolean => {
      const stem = pattern.replace('+', '');
      return sectionName.startsWith(stem) && !/[a-z]/i.test(sectionName.charAt(stem.length));
    };
    if (patterns.some(isStart)) return type;
  }
  return undefined;
}

function assumedSection(kind: SectionKind): XdpSection {
  return kind.kind === 'oddXdp' ? kind.section : XDP_SECTIONS[0];
}

function oddSection({ name, section }: CodeFunction): string {
  return `program ${name}: taken as XDP; libbpf says "prog '${name}': missing BPF prog type, check ELF section name '${section.name}'"`;
}

/** Name of the struct that the first parameter points to, where BTF tells. */
function contextType(btf: Btf | undefined, typeId: number | undefined): string | undefined {
  const fn = btf?.typeById(typeId ?? 0);
  if (btf === undefined || fn?.kind !== 'func') return undefined;
  const prototype = btf.typeById(fn.typeId);
  if (prototype.kind !== 'func_proto') return undefined;
  const pointer = skipModifiers(btf, prototype.parameters[0]?.typeId ?? 0);
  if (pointer.kind !== 'ptr') return undefined;
  const struct = skipModifiers(btf, pointer.typeId);
  return struct.kind === 'struct' ? struct.name : undefined;
}

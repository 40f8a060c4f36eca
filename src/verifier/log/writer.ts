// The log in the form of Linux 6.18 at level 2: every visited instruction with the registers and slots that it touched, as they are behind it.
import { disassemble } from '../../isa/disassemble.js';
import { type SourceLine, sourceLineAt } from '../../object/spec.js';
import { helperName } from '../../platform/helper-names.js';
import type { VerificationStatistics } from '../finding.js';
import { kfuncNameAt, type Prepared } from '../program.js';
import type { Frame, State } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import type { LogSink } from './sink.js';
import { registerText, slotText } from './text.js';

/** The kernel aligns the states of consecutive lines here, and those of longer lines to the next multiple of 8. */
const STATE_COLUMN = 40;
const ALIGNMENT = 8;

const PATH_ENDED = -3;

/** Collects the log of one verification. */
export class LogWriter implements LogSink {
  readonly isSilent = false;
  private readonly lines: string[] = [];
  private touched = 0;
  private touchedSlots = new Set<number>();
  private pendingLine: string | undefined;
  /** Other lines were written since the last instruction: its state stands on a line of its own. */
  private isInterrupted = false;
  private walker: Walker | undefined;
  private lastSlot = -2;
  private lastSource: SourceLine | undefined;

  touch(register: number): void {
    this.touched |= 1 << register;
  }

  touchSlot(frame: number, slot: number): void {
    this.touchedSlots.add(frame * 64 + slot);
  }

  line(text: string): void {
    this.interrupt();
    this.lines.push(text);
  }

  covered(slot: number, previousSlot: number): void {
    const isBranch = this.lastSlot !== previousSlot;
    this.flush(slot);
    if (isBranch) this.lines.push('', `from ${previousSlot} to ${slot}: safe`);
    else this.lines.push(`${slot}: safe`);
    this.lastSlot = PATH_ENDED;
  }

  /** What is known before the walk: the functions, and the registers that each instruction still needs. */
  start({ prepared, plan }: Walker): void {
    for (const { index, start } of prepared.subprograms) this.lines.push(`func#${index} @${start}`);
    this.lines.push('Live regs before insn:');
    prepared.instructions.forEach((_, slot) => {
      const text = instructionText(prepared, slot);
      if (text === undefined) return;
      const live = Array.from({ length: 10 }, (_unused, at) =>
        (plan.live[slot]! & (1 << at)) === 0 ? '.' : String(at),
      );
      this.lines.push(`    ${String(slot).padStart(3)}: ${live.join('')} ${text}`);
    });
  }

  /** A function's own verification begins. */
  enter(): void {
    this.flush(PATH_ENDED);
    this.lastSlot = -2;
    this.lastSource = undefined;
  }

  /** An instruction is about to be walked. */
  visit(walker: Walker): void {
    this.walker = walker;
    const { slot, previousSlot } = walker;
    const isBranch = this.lastSlot !== -2 && this.lastSlot !== previousSlot;
    this.flush(slot);
    if (isBranch) this.lines.push('', `from ${previousSlot} to ${slot}: ${wholeState(walker.state)}`);
    if (isBranch || this.lastSlot === -2) this.lines.push(`${slot}: ${wholeState(walker.state)}`);
    this.lastSlot = slot;
    this.touched = 0;
    this.touchedSlots.clear();
    const text = instructionText(walker.prepared, slot);
    if (text === undefined) return;
    this.writeSource(walker);
    this.pendingLine = `${slot}: ${text}`;
  }

  /** The text of the source line that the instruction was made of, where it is another than before. */
  private writeSource({ prepared, slot }: Walker): void {
    const source = sourceLineAt(prepared.spec, slot);
    const { lastSource: last } = this;
    if (source === undefined) return;
    if (last !== undefined && source.line === last.line && source.file === last.file && source.text === last.text)
      return;
    this.lastSource = source;
    const file = source.file.slice(source.file.lastIndexOf('/') + 1);
    this.lines.push(`; ${source.text.trimStart()} @ ${file}:${source.line}`);
  }

  /** Ends the log of an accepted program. */
  finish(statistics: VerificationStatistics): void {
    this.flush(PATH_ENDED);
    this.lines.push(summary(statistics));
  }

  /** Ends the log of a rejected one. */
  fail(messages: readonly string[], statistics: VerificationStatistics): void {
    this.interrupt();
    this.lines.push(...messages, summary(statistics));
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  private interrupt(): void {
    if (this.pendingLine === undefined) return;
    this.lines.push(this.pendingLine);
    this.pendingLine = undefined;
    this.isInterrupted = true;
  }

  /** Writes the last instruction with what it touched; `next` is the instruction behind it, if the path goes on. */
  private flush(next: number): void {
    if (this.pendingLine === undefined) {
      const isShown = this.lines.at(-1)?.startsWith(`from ${this.lastSlot} to ${next}: `) === true;
      if (this.isInterrupted && !isShown && next >= 0 && this.walker?.previousSlot === this.lastSlot) {
        this.lines.push(`${next}: ${this.touchedState()}`.trimEnd());
      }
      this.isInterrupted = false;
      return;
    }
    const isTouched = this.touched !== 0 || this.touchedSlots.size > 0;
    const hasState = isTouched && !this.pendingLine.endsWith(' exit');
    this.lines.push(hasState ? `${aligned(this.pendingLine)}; ${this.touchedState()}`.trimEnd() : this.pendingLine);
    this.pendingLine = undefined;
  }

  private touchedState(): string {
    const state = this.walker?.state;
    const frame = state?.frames.at(-1);
    if (state === undefined || frame === undefined) return '';
    const isTouched = (register: number) => (this.touched & (1 << register)) !== 0;
    return stateText(state, frame, isTouched, slot => this.touchedSlots.has(frame.number * 64 + slot));
  }
}

/** An instruction as the kernel prints it, undefined for the second half of a 64-bit load and for what is none. */
export function instructionText(prepared: Prepared, slot: number): string | undefined {
  const instruction = prepared.instructions[slot];
  if (instruction === undefined) return undefined;
  const symbols = {
    helper: (id: number) => (helperName(id) === undefined ? undefined : `bpf_${helperName(id)}`),
    kfunc: () => kfuncNameAt(prepared, slot),
  };
  return disassemble(instruction, { symbols });
}

function aligned(line: string): string {
  const length = line.length + 1;
  const column = Math.ceil(Math.max(length + ALIGNMENT / 2, STATE_COLUMN) / ALIGNMENT) * ALIGNMENT;
  return line + ' '.repeat(column - length - 1);
}

/** All that is known in a frame of a state, the newest unless said. */
export function wholeState(state: State, frame: Frame = state.frame): string {
  return stateText(
    state,
    frame,
    () => true,
    () => true,
  );
}

function stateText(
  { references }: State,
  frame: Frame,
  hasRegister: (at: number) => boolean,
  hasSlot: (at: number) => boolean,
): string {
  const parts: string[] = frame.number === 0 ? [] : [`frame${frame.number}:`];
  frame.registers.forEach((register, at) => {
    if (register.kind === 'uninitialised' || !hasRegister(at)) return;
    parts.push(`R${at}=${registerText(register, frame.number, (frame.preciseRegisters & (1 << at)) !== 0)}`);
  });
  frame.slots.forEach((slot, at) => {
    const text = hasSlot(at) ? slotText(slot, at, frame.number, frame.preciseSlots.has(at)) : undefined;
    if (text !== undefined) parts.push(text);
  });
  if (references.length > 0) parts.push(`refs=${references.map(({ id }) => id).join(',')}`);
  if (frame.callbackRange !== undefined) parts.push(frame.isAsync ? 'async_cb' : 'cb');
  return parts.join(' ');
}

function summary(statistics: VerificationStatistics): string {
  const { processedInstructions, maxStatesPerInstruction, totalStates, peakStates } = statistics;
  return `processed ${processedInstructions} insns (limit 1000000) max_states_per_insn ${maxStatesPerInstruction} total_states ${totalStates} peak_states ${peakStates} mark_read 0`;
}

// The log in the form of Linux 6.18 at level 2: every visited instruction with the registers and slots that it touched, as they are behind it.
import { disassemble } from '../../isa/disassemble.js';
import { helperName } from '../../platform/helper-names.js';
import type { VerificationStatistics } from '../finding.js';
import { kfuncNameAt } from '../program.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import type { LogSink } from './sink.js';
import { registerText, slotText } from './text.js';

/** The kernel aligns the states of consecutive lines here. */
const STATE_COLUMN = 38;

const PATH_ENDED = -3;

/** Collects the log of one verification. */
export class LogWriter implements LogSink {
  private readonly lines: string[] = [];
  private touched = 0;
  private touchedSlots = new Set<number>();
  private pendingLine: string | undefined;
  private walker: Walker | undefined;
  private lastSlot = -2;

  touch(register: number): void {
    this.touched |= 1 << register;
  }

  touchSlot(frame: number, slot: number): void {
    this.touchedSlots.add(frame * 64 + slot);
  }

  line(text: string): void {
    this.flush();
    this.lines.push(text);
  }

  covered(slot: number, previousSlot: number): void {
    const isBranch = this.lastSlot !== previousSlot;
    this.flush();
    if (isBranch) this.lines.push('', `from ${previousSlot} to ${slot}: safe`);
    else this.lines.push(`${slot}: safe`);
    this.lastSlot = PATH_ENDED;
  }

  /** An instruction is about to be walked. */
  visit(walker: Walker): void {
    this.walker = walker;
    const { slot, previousSlot } = walker;
    const isBranch = this.lastSlot !== -2 && this.lastSlot !== previousSlot;
    this.flush();
    if (this.lastSlot === -2) this.lines.push(`${slot}: ${this.wholeState(walker)}`);
    else if (isBranch) this.lines.push('', `from ${previousSlot} to ${slot}: ${this.wholeState(walker)}`);
    this.lastSlot = slot;
    this.touched = 0;
    this.touchedSlots.clear();
    const instruction = walker.prepared.instructions[slot];
    if (instruction === undefined) return;
    const symbols = {
      helper: (id: number) => (helperName(id) === undefined ? undefined : `bpf_${helperName(id)}`),
      kfunc: () => kfuncNameAt(walker.prepared, slot),
    };
    this.pendingLine = `${slot}: ${disassemble(instruction, { symbols })}`;
  }

  /** Ends the log of an accepted program. */
  finish(statistics: VerificationStatistics): void {
    this.flush();
    this.lines.push(summary(statistics));
  }

  /** Ends the log of a rejected one. */
  fail(messages: readonly string[], statistics: VerificationStatistics): void {
    if (this.pendingLine !== undefined) this.lines.push(this.pendingLine);
    this.pendingLine = undefined;
    this.lines.push(...messages, summary(statistics));
  }

  get text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  /** Writes the last instruction with what it touched. */
  private flush(): void {
    if (this.pendingLine === undefined) return;
    const state = this.pendingLine.endsWith(' exit') ? '' : this.touchedState();
    this.lines.push(state === '' ? this.pendingLine : `${this.pendingLine.padEnd(STATE_COLUMN - 1)} ; ${state}`);
    this.pendingLine = undefined;
  }

  private touchedState(): string {
    const frame = this.walker?.state.frames.at(-1);
    if (frame === undefined) return '';
    const isTouched = (register: number) => (this.touched & (1 << register)) !== 0;
    return stateText(frame, isTouched, slot => this.touchedSlots.has(frame.number * 64 + slot));
  }

  private wholeState(walker: Walker): string {
    return stateText(
      walker.frame,
      () => true,
      () => true,
    );
  }
}

function stateText(frame: Frame, hasRegister: (at: number) => boolean, hasSlot: (at: number) => boolean): string {
  const parts: string[] = frame.number === 0 ? [] : [`frame${frame.number}:`];
  frame.registers.forEach((register, at) => {
    if (register.kind === 'uninitialised' || !hasRegister(at)) return;
    parts.push(`R${at}=${registerText(register, frame.number)}`);
  });
  frame.slots.forEach((slot, at) => {
    const text = hasSlot(at) ? slotText(slot, at, frame.number) : undefined;
    if (text !== undefined) parts.push(text);
  });
  return parts.join(' ');
}

function summary(statistics: VerificationStatistics): string {
  const { processedInstructions, maxStatesPerInstruction, totalStates, peakStates } = statistics;
  return `processed ${processedInstructions} insns (limit 1000000) max_states_per_insn ${maxStatesPerInstruction} total_states ${totalStates} peak_states ${peakStates} mark_read 0`;
}

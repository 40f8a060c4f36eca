// A trace for people: instruction by instruction, or source line by source line.
import type { TraceStep } from './tracer.js';

const TEXT_WIDTH = 44;

/** An instruction with what it changed; the source line before it, where it is another one. */
export function stepText(step: TraceStep): string {
  const indent = '  '.repeat(step.depth);
  const head = step.source === undefined ? '' : `${indent}; ${step.source.text.trim()} @ ${place(step)}\n`;
  const left = `${indent}${String(step.slot).padStart(4)}: ${step.text}`;
  const changed = [
    ...step.registers.map(([register, value]) => `${register}=${value}`),
    ...step.memory.map(([where, bytes]) => `[${where}]=${bytes}`),
  ];
  return `${head}${changed.length === 0 ? left : `${left.padEnd(TEXT_WIDTH)}  ${changed.join(' ')}`}\n`;
}

/** A step of the trace by source line: empty but where the line changes, memory is written or a helper is called. */
export function lineText(step: TraceStep): string {
  const indent = '  '.repeat(step.depth);
  const lines = step.source === undefined ? [] : [`${indent}${place(step)}: ${step.source.text.trim()}`];
  for (const [where, bytes] of step.memory) lines.push(`${indent}    [${where}] = ${bytes}`);
  if (step.call !== undefined) {
    const { helper, result } = step.call;
    lines.push(`${indent}    ${helper}${result === undefined ? '' : ` -> ${result}`}`);
  }
  return lines.map(line => `${line}\n`).join('');
}

function place({ source, function: name }: TraceStep): string {
  return source === undefined ? name : `${source.file}:${source.line}`;
}

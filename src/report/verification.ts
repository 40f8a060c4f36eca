// What `verify` answers: verdicts of programs as values, as text for people, and as SARIF.
import type { OtherProgram } from '../object/spec.js';
import type { Finding, PathStep, Verification } from '../verifier/finding.js';

/** An object whose programs were verified. */
export interface VerifiedObject {
  readonly object: string;
  readonly programs: readonly {
    readonly name: string;
    readonly section: string;
    readonly verification: Verification;
  }[];
  /** Programs of other types, which are not judged. */
  readonly others: readonly OtherProgram[];
}

/** The value that `verify -j` prints for one object. */
export function verificationJson({ object, programs, others }: VerifiedObject): object {
  return {
    object,
    programs: programs.map(({ name, section, verification }) => ({
      name,
      section,
      accepted: verification.accepted,
      message: verification.accepted ? null : verification.message,
      errno: verification.accepted ? null : verification.errno,
      findings: verification.accepted ? [] : verification.findings.map(findingJson),
      statistics: verification.statistics,
      ...(verification.log !== undefined && { log: verification.log }),
    })),
    ...(others.length > 0 && {
      otherPrograms: others.map(({ name, section, type, reason }) => ({ name, section, type, reason })),
    }),
  };
}

function findingJson(finding: Finding): object {
  const { message, slot, instruction, source, register, path, suggestion } = finding;
  return {
    message,
    slot: slot ?? null,
    instruction: instruction ?? null,
    source: source === undefined ? null : { file: source.file, line: source.line, text: source.text },
    register: register ?? null,
    path: path.map(step => ({ slot: step.slot, decision: step.decision, source: placeOf(step) ?? null })),
    suggestion: suggestion ?? null,
  };
}

function placeOf({ source }: PathStep): string | undefined {
  return source === undefined ? undefined : `${source.file}:${source.line}`;
}

/** The verdicts for people; with the log in the kernel's form where one was made. */
export function verificationText({ object, programs, others }: VerifiedObject): string {
  const verdicts = programs.map(({ name, verification }) => programText(`${object}: ${name}`, verification));
  return [...verdicts, ...others.map(({ name, reason }) => `${object}: ${name}: not judged: ${reason}\n`)].join('');
}

function programText(title: string, verification: Verification): string {
  const { statistics, log } = verification;
  const logText = log === undefined ? '' : `${log.trimEnd()}\n\n`;
  if (verification.accepted) {
    const { processedInstructions, totalStates, stackBytes } = statistics;
    return `${logText}${title}: accepted (${processedInstructions} instructions processed, ${totalStates} states, ${stackBytes} bytes of stack)\n`;
  }
  const findings = verification.findings.map(findingText).join('\n');
  return `${logText}${title}: rejected, ${verification.errno}\n${findings}\n`;
}

/** Decisions shown before the failing instruction. */
const SHOWN_STEPS = 6;

function findingText({ message, slot, instruction, source, register, path, suggestion }: Finding): string {
  const lines = message.split('\n').map(line => `  ${line}`);
  if (slot !== undefined) lines.push(`  at instruction ${slot}${instruction === undefined ? '' : `: ${instruction}`}`);
  if (source !== undefined) lines.push(`  at ${source.file}:${source.line}: ${source.text.trim()}`);
  if (register !== undefined) lines.push(`  known there: ${register}`);
  const shown = path.slice(-SHOWN_STEPS);
  if (shown.length > 0)
    lines.push(
      shown.length < path.length
        ? `  the path there, its last ${SHOWN_STEPS} of ${path.length} decisions:`
        : '  the path there:',
    );
  lines.push(...shown.map(stepText));
  if (suggestion !== undefined) lines.push(`  what to do: ${suggestion}`);
  return lines.join('\n');
}

function stepText(step: PathStep): string {
  const text = step.source === undefined ? '' : ` ${step.source.file}:${step.source.line}: ${step.source.text.trim()}`;
  return `    ${step.slot} ${step.decision}${text}`;
}

/** A SARIF 2.1.0 log of all rejections, so that editors and code hosts show them at their source lines. */
export function verificationSarif(objects: readonly VerifiedObject[], version: string): object {
  const results = objects.flatMap(({ object, programs }) =>
    programs.flatMap(({ name, verification }) =>
      verification.accepted
        ? []
        : verification.findings.map(finding => sarifResult(object, name, verification.errno, finding)),
    ),
  );
  const driver = {
    name: 'xdpsim verify',
    version,
    rules: [{ id: 'rejected', shortDescription: { text: 'Linux would not load the program' } }],
  };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results }],
  };
}

function sarifResult(object: string, program: string, errno: string, finding: Finding): object {
  const { message, source, suggestion, slot } = finding;
  return {
    ruleId: 'rejected',
    level: 'error',
    message: { text: [`${message} (-${errno})`, suggestion].filter(Boolean).join('. ') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: source?.file ?? object },
          ...(source !== undefined && { region: { startLine: source.line } }),
        },
        logicalLocations: [{ name: program, kind: 'function' }],
      },
    ],
    properties: { object, errno, ...(slot !== undefined && { instruction: slot }) },
  };
}

// What `offload --sarif` prints: a SARIF 2.1.0 log, so that editors and code hosts show reasons at their source lines.
import type { OffloadResult, Reason } from '../../nic/offload/reason.js';
import { RULES } from '../../nic/offload/rules.js';
import type { CheckedObject } from './offload-results.js';

const LEVELS = { broken: 'error', undecided: 'note', warning: 'warning' } as const;

/** The log of a run as a value. `version` is that of the package. */
export function offloadSarif(checked: readonly CheckedObject[], version: string): object {
  const rules = Object.entries(RULES).map(([id, { hint }]) => ({ id, help: { text: hint } }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'xdpsim offload', version, rules } },
        results: checked.flatMap(({ object, results }) => results.flatMap(result => resultsOf(object, result))),
      },
    ],
  };
}

function resultsOf(object: string, result: OffloadResult): object[] {
  return [
    ...result.reasons.map(reason => sarifResult(object, result, reason, LEVELS.broken)),
    ...result.undecided.map(reason => sarifResult(object, result, reason, LEVELS.undecided)),
    ...result.warnings.map(reason => sarifResult(object, result, reason, LEVELS.warning)),
  ];
}

function sarifResult(object: string, { program, nic, mode }: OffloadResult, reason: Reason, level: string): object {
  const { rule, message, errno, hint, source, instruction, map, unverified } = reason;
  const code = errno === undefined ? '' : ` (-${errno})`;
  return {
    ruleId: rule,
    level,
    message: { text: `${nic}, ${mode}: ${map === undefined ? '' : `map ${map}: `}${message}${code}. ${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: source?.file ?? object },
          ...(source !== undefined && { region: { startLine: source.line } }),
        },
        logicalLocations: [{ name: program, kind: 'function' }],
      },
    ],
    properties: { object, nic, mode, unverified, ...(instruction !== undefined && { instruction }) },
  };
}

// A campaign's state as JSON, to go on with it later.
import { fromHex, toHex } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';
import type { CampaignState } from './campaign.js';
import type { Finding, Problem } from './finding.js';
import type { FuzzInput, Operation } from './input.js';

const VERSION = 1;

/** The state as a plain value. */
export function stateJson({ executions, randomPosition, corpus, findings }: CampaignState): object {
  return {
    version: VERSION,
    executions,
    randomPosition,
    corpus: corpus.map(writtenInput),
    findings: findings.map(({ input, expectedBytes, ...rest }) => ({
      ...rest,
      input: writtenInput(input),
      ...(expectedBytes !== undefined && { expectedBytes: toHex(expectedBytes) }),
    })),
  };
}

function writtenInput(input: FuzzInput): object[] {
  return input.map(operation =>
    operation.kind === 'packet'
      ? { ...operation, bytes: toHex(operation.bytes) }
      : { ...operation, key: toHex(operation.key), value: toHex(operation.value) },
  );
}

/** The state that was written. Throws InputError `fuzz-state` naming the file where it is none. */
export function parseState(text: string, fileName: string): CampaignState {
  const wrong = (what: string) => new InputError('fuzz-state', `${fileName}: not the state of a campaign: ${what}`);
  const root = record(parseJson(text)) ?? {};
  if (root.version !== VERSION) throw wrong(`version ${JSON.stringify(root.version) ?? 'missing'}`);
  const { executions, randomPosition, corpus, findings } = root;
  if (!Number.isSafeInteger(executions) || !Number.isSafeInteger(randomPosition)) throw wrong('its numbers');
  if (!Array.isArray(corpus) || !Array.isArray(findings)) throw wrong('its lists');
  try {
    return {
      executions: executions as number,
      randomPosition: randomPosition as number,
      corpus: corpus.map(readInput),
      findings: findings.map(readFinding),
    };
  } catch (error) {
    if (error instanceof TypeError || error instanceof InputError) throw wrong(error.message);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function readInput(value: unknown): FuzzInput {
  if (!Array.isArray(value) || value.length === 0) throw new TypeError('an input without operations');
  return value.map(readOperation);
}

function readOperation(value: unknown): Operation {
  const { kind, bytes, gapNanos, ingressIfindex, map, key, value: stored } = record(value) ?? {};
  if (kind === 'entry') return { kind, map: String(map), key: fromHex(String(key)), value: fromHex(String(stored)) };
  const packet = fromHex(String(bytes));
  if (kind !== 'packet' || packet.byteLength < 14) throw new TypeError('an operation that is none');
  if (!Number.isSafeInteger(gapNanos) || !Number.isSafeInteger(ingressIfindex))
    throw new TypeError('a packet without its time');
  return { kind, bytes: packet, gapNanos: gapNanos as number, ingressIfindex: ingressIfindex as number };
}

function readFinding(value: unknown): Finding {
  const { input, expectedBytes, ...rest } = record(value) ?? {};
  const bytes = expectedBytes === undefined ? {} : { expectedBytes: fromHex(String(expectedBytes)) };
  return { ...(rest as unknown as Problem & { executions: number }), ...bytes, input: readInput(input) };
}

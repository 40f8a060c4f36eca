// What a fuzzing campaign leaves in a folder: its state, its corpus, and each finding as a capture and a spec.
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { joined } from '../capture/packet-layer.js';
import { PcapngWriter } from '../capture/write.js';
import { toHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { Campaign, CampaignState } from '../testing/fuzz/campaign.js';
import { type Finding, verdictOf } from '../testing/fuzz/finding.js';
import { type EntryOperation, Execution, type FuzzInput, type FuzzTarget, runFresh } from '../testing/fuzz/input.js';
import { type CaseToWrite, inputText, specText } from '../testing/fuzz/spec-text.js';
import { parseState, stateJson } from '../testing/fuzz/state.js';

const STATE = 'state.json';

/** The folder of a campaign. */
export class FuzzDirectory {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the folder where it is missing: better to fail now than after an hour.
   * @returns the state that was left there; undefined where there is none
   * @throws InputError `output` where nothing can be written; `fuzz-state` for a state that is none, or of another program
   */
  open(program: string): CampaignState | undefined {
    this.writing(() => {
      makeFolder(resolve(this.path));
      readdirSync(this.path);
      accessSync(this.path, constants.W_OK);
    });
    const file = join(this.path, STATE);
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, 'utf8');
    const state = parseState(text, file);
    const other = (JSON.parse(text) as { readonly program?: unknown }).program;
    if (other === undefined || other === program) return state;
    throw new InputError('fuzz-state', `${file}: is of the program ${other}, not of ${program}: choose another folder`);
  }

  /** Writes everything. @param objectPath as the user gave it */
  write(campaign: Campaign, target: FuzzTarget, objectPath: string): void {
    this.writing(() => {
      // All or nothing: who is stopped while this is written goes on from what was there.
      this.put(`${STATE}.new`, `${JSON.stringify({ program: target.program, ...stateJson(campaign.state) })}\n`);
      renameSync(join(this.path, `${STATE}.new`), join(this.path, STATE));
      const spec = (cases: readonly CaseToWrite[]) =>
        specText({
          object: relative(this.path, objectPath),
          program: target.program,
          entries: preloaded(target),
          cases,
        });
      this.put('corpus.pcapng', captureOf(campaign.corpus.map(input => ({ input, comment: inputText(input) }))));
      this.put('corpus.spec.yaml', spec(campaign.corpus.map((input, at) => characterised(input, at, target))));
      campaign.findings.forEach((finding, at) => {
        const name = `finding-${String(at + 1).padStart(2, '0')}-${finding.kind}`;
        this.put(`${name}.pcapng`, captureOf([{ input: finding.input, comment: finding.title }]));
        this.put(`${name}.spec.yaml`, spec([caseOf(finding)]));
      });
    });
  }

  private put(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.path, name), content);
  }

  private writing(body: () => void): void {
    try {
      body();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new InputError('output', `${this.path}: cannot write: ${code}`);
    }
  }
}

/** A folder with its parents; unlike the recursive form of mkdir it ends where a file system makes none. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Entries that `--map` put there. */
function preloaded(target: FuzzTarget): EntryOperation[] {
  const filled: EntryOperation[] = [];
  const blank = entriesOf({ ...target, prepare: () => undefined });
  for (const [key, entry] of entriesOf(target)) if (!blank.has(key)) filled.push(entry);
  return filled;
}

function entriesOf(target: FuzzTarget): Map<string, EntryOperation> {
  const entries = new Map<string, EntryOperation>();
  const execution = new Execution(target);
  for (const [map, access] of execution.maps) {
    if (access.spec.contents !== undefined) continue;
    for (const { key, values } of access.entries()) {
      const value = values[0]!;
      entries.set(`${map} ${toHex(key)} ${toHex(value)}`, { kind: 'entry', map, key, value });
    }
  }
  execution.close();
  return entries;
}

/** A case that says what the filter does now, so that a change shows. */
function characterised(input: FuzzInput, at: number, target: FuzzTarget): CaseToWrite {
  const { result } = runFresh(target, input);
  const verdict = result === undefined ? 'trap' : verdictOf(result);
  return { name: `${at + 1}: ${inputText(input)}`, input, expect: verdict === 'trap' ? { traps: true } : { verdict } };
}

const VERDICTS = ['ABORTED', 'DROP', 'PASS', 'TX', 'REDIRECT'] as const;

/** A case that holds once the finding is mended. */
function caseOf({ title, input, kind, expected, expectedBytes }: Finding): CaseToWrite {
  const verdict = expected ?? (kind === 'invalid-verdict' ? VERDICTS : undefined);
  const expect = {
    ...(verdict !== undefined && { verdict: verdict.length === 1 ? verdict[0] : verdict }),
    ...(expectedBytes !== undefined && { bytes: { hex: toHex(expectedBytes) } }),
    traps: false,
  };
  return { name: title, input, expect };
}

/** The packets of inputs in one capture; the comment stands with the last packet of each. */
function captureOf(inputs: readonly { readonly input: FuzzInput; readonly comment: string }[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new PcapngWriter(piece => pieces.push(piece), { application: 'xdpsim fuzz' });
  writer.addInterface({ name: 'fuzz' });
  let timestampNanos = 1_000_000_000n;
  for (const { input, comment } of inputs) {
    input.forEach((operation, at) => {
      if (operation.kind === 'entry') return;
      timestampNanos += BigInt(operation.gapNanos);
      const comments = at === input.length - 1 ? [comment] : [];
      writer.write({ timestampNanos, bytes: operation.bytes }, { comments });
    });
  }
  writer.end();
  return joined(...pieces);
}

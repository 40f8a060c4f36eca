// `xdpsim fuzz`: inputs that reach every line, differ between two versions, or break what must hold.
import { copyFrame } from '../../capture/frame.js';
import { requireEthernet } from '../../capture/link-type.js';
import { openCapture } from '../../capture/open.js';
import { packetFromText } from '../../capture/packet-text.js';
import { DEFAULT_ENGINE_OPTIONS, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../../engine/engine.js';
import { InputError } from '../../support/errors.js';
import { Campaign } from '../../testing/fuzz/campaign.js';
import { linesOf } from '../../testing/fuzz/coverage.js';
import type { FuzzInput, FuzzTarget } from '../../testing/fuzz/input.js';
import { parseInvariant } from '../../testing/fuzz/invariant.js';
import { seedInputs } from '../../testing/fuzz/mutate.js';
import { inputText } from '../../testing/fuzz/spec-text.js';
import { EXIT, type ExitCode, exitingWith } from '../exit.js';
import { FuzzDirectory } from '../fuzz-directory.js';
import { chooseProgram, readObjectFile } from '../object-file.js';
import { Progress } from '../progress.js';
import { type MapRequest, parseMapRequest, preloadMaps } from '../session-maps.js';
import type { Terminal } from '../terminal.js';
import type { FuzzOptions } from './fuzz-options.js';

/** Runs the command; the exit code is 1 where something was found. */
export async function fuzz(options: FuzzOptions, terminal: Terminal): Promise<ExitCode> {
  checkNumbers(options);
  const invariants = options.invariant.map(parseInvariant);
  const maps = options.map.map(parseMapRequest);
  const target = readTarget(options.object, options, maps);
  const against = options.against === undefined ? undefined : readTarget(options.against, options, maps);
  const directory = options.directory === undefined ? undefined : new FuzzDirectory(options.directory);
  const { seed, fillMaps: fillsMaps } = options;
  const seeds = await readSeeds(options.read);
  const state = directory?.open(target.program);
  const campaign = new Campaign({ target, against, invariants, seed, fillsMaps, seeds }, state);
  await runToEnd(campaign, options, terminal);
  directory?.write(campaign, target, options.object);
  terminal.out(options.json ? `${JSON.stringify(resultJson(campaign))}\n` : resultText(campaign));
  campaign.close();
  return campaign.findings.length > 0 ? EXIT.negative : EXIT.ok;
}

function readTarget(path: string, options: FuzzOptions, maps: readonly MapRequest[]): FuzzTarget {
  const { object } = readObjectFile(path);
  const { name: program } = chooseProgram(object, options);
  const engineOptions = { ...DEFAULT_ENGINE_OPTIONS, seed: options.seed, instructionBudget: options.budget };
  return {
    object,
    program,
    engineOptions,
    prepare: session => exitingWith(EXIT.usage, () => preloadMaps(session, object, maps)),
  };
}

const SYN = 'ipv4 198.51.100.7 > 192.0.2.1 / tcp 40000 > 80 SYN';
/** More packets to begin with take longer than they give. */
const MAX_SEEDS = 2000;

async function readSeeds(paths: readonly string[]): Promise<FuzzInput[]> {
  if (paths.length === 0) return seedInputs([packetFromText(SYN)]);
  const packets: Uint8Array[] = [];
  for (const path of paths) {
    await (await openCapture(path)).forEach(frame => {
      requireEthernet(frame, path);
      const { byteLength } = frame.bytes;
      if (byteLength >= MIN_FRAME_BYTES && byteLength <= MAX_FRAME_BYTES) packets.push(copyFrame(frame).bytes);
      return packets.length < MAX_SEEDS;
    });
  }
  if (packets.length === 0) throw new InputError('capture-empty', `${paths.join(', ')}: no packet to begin with`);
  return seedInputs(packets);
}

/** How often lines are counted, which costs as much as some inputs. */
const STEPS_PER_LOOK = 200;
/** How often Ctrl-C is looked for. */
const STEPS_PER_TURN = 20;

/** Ctrl-C ends it early, with all that was found. */
async function runToEnd(campaign: Campaign, options: FuzzOptions, terminal: Terminal): Promise<void> {
  const progress = new Progress(terminal, [], options.executions);
  let isInterrupted = false;
  const release = terminal.onInterrupt(() => {
    isInterrupted = true;
  });
  try {
    const end = campaign.executions + options.executions;
    for (let step = 0; campaign.executions < end && !isInterrupted; step++) {
      if (step % STEPS_PER_LOOK === 0) {
        progress.update(campaign.executions);
        if (options.untilCovered && linesOf(campaign.coverage.counts).missed.length === 0) break;
      }
      if (step % STEPS_PER_TURN === 0) await new Promise(setImmediate);
      campaign.step();
    }
  } finally {
    release();
    progress.finish();
  }
}

function resultText(campaign: Campaign): string {
  const { total, missed } = linesOf(campaign.coverage.counts);
  const lines = [
    `${campaign.executions} inputs tried, ${campaign.corpus.length} kept`,
    `${total - missed.length} of ${total} lines reached`,
    ...missed.map(({ file, line, text }) => `  not reached: ${file}:${line}: ${text}`),
    campaign.findings.length === 0 ? 'nothing found' : `${campaign.findings.length} found:`,
  ];
  for (const { kind, title, detail, input } of campaign.findings) {
    lines.push(`  ${kind}: ${title}`, `    ${inputText(input)}`, ...detail.map(line => `    ${line}`));
  }
  return lines.map(line => `${line}\n`).join('');
}

function resultJson(campaign: Campaign): object {
  const { total, missed } = linesOf(campaign.coverage.counts);
  return {
    executions: campaign.executions,
    corpus: campaign.corpus.length,
    lines: { total, reached: total - missed.length, missed },
    findings: campaign.findings.map(({ kind, title, detail, input, executions }) => {
      return { kind, title, detail, packet: inputText(input), executions };
    }),
  };
}

function checkNumbers({ executions, seed, budget }: FuzzOptions): void {
  const limits: readonly (readonly [string, number, number, number])[] = [
    ['executions', executions, 0, Number.MAX_SAFE_INTEGER],
    ['seed', seed, 0, 0xffff_ffff],
    ['budget', budget, 1, Number.MAX_SAFE_INTEGER],
  ];
  for (const [name, value, least, most] of limits) {
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new InputError('option', `--${name}: ${value} is not a whole number from ${least} to ${most}`);
  }
}

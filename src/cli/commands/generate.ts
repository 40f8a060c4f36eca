// `xdpsim generate`: synthetic traffic with ground truth.
import { InputError } from '../../support/errors.js';
import { generateTraffic, parseMixPart, SCENES, sceneFrames } from '../../traffic/generate.js';
import { PROFILES } from '../../traffic/profiles.js';
import type { LabelledFrame } from '../../traffic/scenes.js';
import { type TrafficFormat, writeTraffic } from '../../traffic/write.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSink, type Terminal } from '../terminal.js';
import type { GenerateOptions } from './generate-options.js';

/** Runs the command. */
export async function generate(options: GenerateOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.list) {
    terminal.out(listText());
    return EXIT.ok;
  }
  checkNumbers(options);
  if (options.write === undefined) throw new InputError('option', 'no file to write given: -w FILE');
  const frames = framesFor(options);
  const sink = openSink(options.write, terminal);
  const packets = writeTraffic(frames, piece => sink.write(piece), formatFor(options, options.write));
  sink.close();
  if (!options.quiet) terminal.err(`${options.write}: ${packets} packets\n`);
  return EXIT.ok;
}

function framesFor({ profile, seed, count, rate }: GenerateOptions): Iterable<LabelledFrame> {
  const [first, ...others] = profile;
  if (first === undefined) throw new InputError('option', 'no profile given (see xdpsim generate --list)');
  if (Object.hasOwn(SCENES, first)) {
    if (others.length > 0) throw new InputError('option', `${first} is a whole scene, which cannot be mixed`);
    return sceneFrames(first as keyof typeof SCENES, seed);
  }
  return generateTraffic({ mix: profile.map(parseMixPart), seed, packets: count, packetsPerSecond: rate });
}

/** The comment says what made the file, and so how to make it again. */
function formatFor(options: GenerateOptions, path: string): TrafficFormat {
  const { profile, seed, count, rate, resolution } = options;
  const isScene = Object.hasOwn(SCENES, profile[0]!);
  const amount = isScene ? '' : ` -c ${count} --rate ${rate}`;
  return {
    format: options.format === 'pcap' || (options.format === undefined && path.endsWith('.pcap')) ? 'pcap' : 'pcapng',
    resolution: resolution === 'us' ? 'us' : 'ns',
    comment: `xdpsim generate ${profile.join(' ')}${amount} --seed ${seed}`,
  };
}

function checkNumbers({ count, seed, rate }: GenerateOptions): void {
  const limits: readonly (readonly [string, number, number, number])[] = [
    ['count', count, 0, Number.MAX_SAFE_INTEGER],
    ['seed', seed, 0, 0xffff_ffff],
    ['rate', rate, 1, 1_000_000_000],
  ];
  for (const [name, value, least, most] of limits) {
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    throw new InputError('option', `--${name}: ${value} is not a whole number from ${least} to ${most}`);
  }
}

function listText(): string {
  const rows = Object.entries(PROFILES).map(([name, { label, summary }]) => [name, `${label}: ${summary}`] as const);
  const scenes = Object.entries(SCENES).map(([name, { summary }]) => [name, summary] as const);
  const lines = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, text]) => `  ${name.padEnd(18)} ${text}\n`);
  return ['profiles\n', ...lines(rows), '\nscenes\n', ...lines(scenes)].join('');
}

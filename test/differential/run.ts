// Runs random programs and prints what differs: `npm run differential -- --count 10000 --seed 1 [--verifier]`.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { randomProgram } from '../support/random-programs.js';
import { canUseBpf } from '../support/tools.js';
import { ACCEPTED_DIFFERENCES } from './accepted-differences.js';
import { type Campaign, type Difference, findDifferences, localRunners, withKernel } from './campaign.js';
import { printWithKernel, printWithoutKernel, shrink } from './differential.js';
import { compareVerifiers, describeDisagreement } from './verifier-campaign.js';

/** Making one difference small takes seconds. */
const SHOWN = 3;

const campaign = readCampaign();
const hasKernel = canUseBpf();
process.exitCode = campaign.withVerifier && hasKernel ? compareVerdicts() : 0;
process.exitCode = Math.max(compareRuns(), process.exitCode);

/** Verdicts and messages of the verifier beside those of Linux. */
function compareVerdicts(): number {
  const startMs = performance.now();
  const cpuCount = cpus().length;
  const { count, seed } = campaign;
  const { disagreements, compared, accepted } = compareVerifiers({ count, seed, cpuCount }, showProgress);
  for (const disagreement of disagreements.slice(0, SHOWN)) console.log(describeDisagreement(disagreement, cpuCount));
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const what = `${compared} programs from seed ${seed}, verdict and message of the verifier and Linux`;
  console.log(`${what}: ${disagreements.length} disagree, ${accepted} accepted by both (${seconds} s)`);
  return disagreements.length > 0 ? 1 : 0;
}

/** Results of the engines, and of Linux. */
function compareRuns(): number {
  const runners = hasKernel ? withKernel(localRunners()) : localRunners();
  const startMs = performance.now();
  const { differences, compared, tooComplex } = findDifferences(runners, campaign, showProgress);
  for (const difference of differences.slice(0, SHOWN)) console.log(describe(difference));
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const names = runners.map(({ name }) => name).join(', ');
  console.log(
    `${compared} programs from seed ${campaign.seed} on ${names}: ${differences.length} differ (${seconds} s)`,
  );
  if (tooComplex > 0) console.log(`${tooComplex} more are too complex for Linux`);
  if (!hasKernel) console.log('the kernel was not asked: bpftool or root is missing');
  console.log(`accepted differences to Linux: ${ACCEPTED_DIFFERENCES.map(({ name }) => name).join(', ')}`);
  return differences.length > 0 ? 1 : 0;
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${campaign.count}`);
}

function describe({ seed, left, right, text }: Difference): string {
  const title = `seed ${seed}: ${left.name} against ${right.name}: ${text}`;
  const smallest = shrink(randomProgram(seed, campaign.statements), left, right);
  return `// ${title}\n${hasKernel ? printWithKernel(title, smallest) : printWithoutKernel(title, smallest)}`;
}

/** What the words ask for; ends with 2 and one line where they cannot be read. */
function readCampaign(): Campaign {
  try {
    const { values } = parseArgs({
      options: {
        count: { type: 'string', default: '1000' },
        seed: { type: 'string', default: '1' },
        statements: { type: 'string', default: '24' },
        verifier: { type: 'boolean', default: false },
      },
    });
    return {
      count: wholeNumber('count', values.count, 1),
      seed: wholeNumber('seed', values.seed, 0),
      statements: wholeNumber('statements', values.statements, 1),
      withVerifier: values.verifier,
    };
  } catch (error) {
    console.error(`differential: ${(error as Error).message.split('\n', 1)[0]}`);
    process.exit(2);
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Error(`--${name} ${text}: not a whole number from ${least} to 999999999`);
}

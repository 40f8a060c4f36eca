// A report in the text format of Prometheus, for a push gateway or the textfile collector of its node exporter.
// Source: Prometheus exposition formats, text format 0.0.4.
import { ACTION_NAMES } from '../nic/accounting.js';
import type { TimedReport } from '../nic/timed/timed-report.js';
import type { Report } from './report.js';

type Labels = Readonly<Record<string, string | number>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The report as metrics; all begin with `xdpsim_` and carry the program. */
export function prometheusReport(report: Report): string {
  const { program } = report;
  const base = { program: program.name, nic: report.nic?.name ?? '' };
  const counter = (name: string, help: string, samples: readonly Sample[]) =>
    family(name, 'counter', help, samples, base);
  const gauge = (name: string, help: string, samples: readonly Sample[]) => family(name, 'gauge', help, samples, base);
  return [
    counter('packets_total', 'Packets by queue and action.', queueSamples(report)),
    counter(
      'bytes_total',
      'Bytes of the packets by action.',
      ACTION_NAMES.map(action => ({ labels: { action }, value: report.actions[action].bytes })),
    ),
    counter(
      'stage_drops_total',
      'Frames that no program saw, by stage and reason.',
      report.drops.map(({ stage, reason, packets }) => ({ labels: { stage, reason }, value: packets })),
    ),
    counter(
      'protocol_packets_total',
      'Packets by protocol and action.',
      (report.protocols ?? []).flatMap(({ protocol, actions }) => actionSamples({ protocol }, actions)),
    ),
    counter(
      'decisions_total',
      'Packets by the place in the source that decided on them.',
      (report.reasons ?? []).map(({ action, source, program, slot, packets }) => ({
        labels: { action, place: source === null ? `${program}+${slot}` : `${source.file}:${source.line}` },
        value: packets,
      })),
    ),
    counter('program_runs_total', 'Runs of each program of the object.', runSamples(report)),
    counter('instructions_total', 'Executed BPF instructions.', [{ labels: {}, value: report.instructions }]),
    counter('faults_total', 'Packets on which the program trapped.', [{ labels: {}, value: report.faults }]),
    gauge(
      'map_entries',
      'Entries of each map after the run.',
      report.maps.map(({ name, entries }) => ({ labels: { map: name }, value: entries })),
    ),
    ...timedFamilies(report.nic?.timed, base),
  ].join('');
}

/** What the card did in simulated time. */
function timedFamilies(timed: TimedReport | undefined, base: Labels): string[] {
  if (timed === undefined) return [];
  const gauge = (name: string, help: string, samples: readonly Sample[]) => family(name, 'gauge', help, samples, base);
  const { busy, latencyNanos } = timed;
  const one = (value: number | null) => (value === null ? [] : [{ labels: {}, value }]);
  const quantiles =
    latencyNanos === null ? [] : QUANTILES.map(([name, quantile]) => [latencyNanos[name], quantile] as const);
  return [
    gauge('offered_packets_per_second', 'Frames a second as offered.', one(timed.offeredPps)),
    gauge('achieved_packets_per_second', 'Frames a second as brought to an end.', one(timed.achievedPps)),
    family(
      'latency_seconds',
      'summary',
      'Time that frames took from the first bit to the verdict, or to the last bit sent.',
      quantiles.map(([nanos, quantile]) => ({ labels: { quantile }, value: nanos / 1e9 })),
      base,
    ),
    gauge(
      'busy_ratio',
      'Share of the time that each part of the card and the host was busy.',
      busy.map(({ name, busyPercent }) => ({ labels: { part: name }, value: busyPercent / 100 })),
    ),
  ];
}

const QUANTILES = [
  ['p50', '0.5'],
  ['p90', '0.9'],
  ['p99', '0.99'],
  ['p999', '0.999'],
  ['maximum', '1'],
] as const;

function queueSamples({ queues }: Report): Sample[] {
  return queues.flatMap(({ queue, actions }) => actionSamples({ queue }, actions));
}

function runSamples({ programs }: Report): Sample[] {
  return (programs ?? []).map(({ name, runs }) => ({ labels: { entered: name }, value: runs }));
}

function actionSamples(labels: Labels, actions: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(actions)
    .filter(([, value]) => value > 0)
    .map(([action, value]) => ({ labels: { ...labels, action }, value }));
}

function family(name: string, type: string, help: string, samples: readonly Sample[], base: Labels): string {
  if (samples.length === 0) return '';
  const lines = samples.map(({ labels, value }) => `xdpsim_${name}{${labelText({ ...base, ...labels })}} ${value}\n`);
  return `# HELP xdpsim_${name} ${help}\n# TYPE xdpsim_${name} ${type}\n${lines.join('')}`;
}

function labelText(labels: Labels): string {
  const escaped = (value: string | number) =>
    String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

// A replay as JUnit XML, for CI: the run itself, and one case for each thing that must not happen in it.
import type { Report } from './report.js';
import { count } from './text.js';
import { escapeXml } from './xml.js';

interface Case {
  readonly name: string;
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined;
}

/** The report as one test suite. */
export function junitReport(report: Report): string {
  const cases = casesOf(report);
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const name = escapeXml(`${report.object}: ${report.program.name}`);
  const seconds = report.performance === null ? 0 : report.capture.packets / report.performance.packetsPerSecond;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="xdpsim" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="${name}" tests="${cases.length}" failures="${failures}" errors="0" skipped="0" time="${seconds.toFixed(3)}">`,
    ...cases.map(item => caseXml(item, name)),
    `    <system-out>${escapeXml(summary(report))}</system-out>`,
    `    <system-err>${escapeXml(report.warnings.join('\n'))}</system-err>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function casesOf({ faults, actions }: Report): Case[] {
  const none = (packets: number, what: string) => (packets === 0 ? undefined : `${count(packets)} packets ${what}`);
  return [
    { name: 'the program does not trap', failure: none(faults, 'trapped') },
    {
      name: 'the program does not return XDP_ABORTED',
      failure: none(actions.XDP_ABORTED.packets - faults, 'aborted'),
    },
    {
      name: 'every return value is an action',
      failure: none(actions.invalid.packets, 'got a return value that is no action'),
    },
  ];
}

function caseXml({ name, failure }: Case, suite: string): string {
  const head = `    <testcase classname="${suite}" name="${escapeXml(name)}"`;
  if (failure === undefined) return `${head}/>`;
  return `${head}>\n      <failure message="${escapeXml(failure)}"/>\n    </testcase>`;
}

function summary({ actions, capture }: Report): string {
  const counts = Object.entries(actions).map(([action, { packets }]) => `${action} ${packets}`);
  return `${capture.packets} packets of ${capture.files.join(', ')}: ${counts.join(', ')}`;
}

// How a filter did by the labels of its packets, for people.
import type { LabelScore } from '../traffic/labels.js';
import { textTable } from './table.js';

/** Precision and recall, then what became of each profile; empty without labels. */
export function labelText(score: LabelScore | undefined, count: (value: number) => string): string {
  if (score === undefined) return '';
  const { precision, recall, truePositives, falsePositives, falseNegatives, trueNegatives, profiles, lost } = score;
  const lines = [
    `precision ${percent(precision)}: of ${count(truePositives + falsePositives)} stopped packets, ${count(truePositives)} were attacks`,
    `recall    ${percent(recall)}: of ${count(truePositives + falseNegatives)} attack packets, ${count(truePositives)} were stopped`,
    `benign    ${count(trueNegatives)} of ${count(trueNegatives + falsePositives)} packets went on`,
    ...(lost === 0 ? [] : [`lost      ${count(lost)} packets before the filter saw them: not judged`]),
  ];
  const heads = ['label', 'profile', 'packets', 'stopped', ...(lost === 0 ? [] : ['lost'])];
  const rows = profiles.map(row => {
    const cells = [row.label, row.profile, count(row.packets), count(row.stopped)];
    return lost === 0 ? cells : [...cells, count(row.lost)];
  });
  return `${lines.join('\n')}\n\n${textTable(heads, rows, '<<>>>')}`;
}

function percent(ratio: number | null): string {
  return (ratio === null ? 'none' : `${(100 * ratio).toFixed(1)} %`).padStart(7);
}

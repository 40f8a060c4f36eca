// How a filter did by the labels of its packets, for people.
import type { LabelScore } from '../traffic/labels.js';
import { textTable } from './table.js';

/** Precision and recall, then what became of each profile; empty without labels. */
export function labelText(score: LabelScore | undefined, count: (value: number) => string): string {
  if (score === undefined) return '';
  const { precision, recall, truePositives, falsePositives, falseNegatives, trueNegatives, profiles } = score;
  const lines = [
    `precision ${percent(precision)}: of ${count(truePositives + falsePositives)} stopped packets, ${count(truePositives)} were attacks`,
    `recall    ${percent(recall)}: of ${count(truePositives + falseNegatives)} attack packets, ${count(truePositives)} were stopped`,
    `benign    ${count(trueNegatives)} of ${count(trueNegatives + falsePositives)} packets went on`,
  ];
  const rows = profiles.map(({ label, profile, packets, stopped }) => [label, profile, count(packets), count(stopped)]);
  return `${lines.join('\n')}\n\n${textTable(['label', 'profile', 'packets', 'stopped'], rows, '<<>>')}`;
}

function percent(ratio: number | null): string {
  return (ratio === null ? 'none' : `${(100 * ratio).toFixed(1)} %`).padStart(7);
}

// The forms that a report can be printed in.
import { csvReport } from './csv.js';
import { ethtoolReport } from './ethtool.js';
import { junitReport } from './junit.js';
import { prometheusReport } from './prometheus.js';
import { type Report, reportJson } from './report.js';
import { reportText } from './text.js';

const PRINTERS = {
  text: reportText,
  csv: csvReport,
  prometheus: prometheusReport,
  ethtool: ethtoolReport,
  junit: junitReport,
} as const satisfies Record<string, (report: Report) => string>;

/** The report in a form. @param isPretty for JSON: line breaks */
export function formatReport(report: Report, format: keyof typeof PRINTERS | 'json', isPretty = false): string {
  if (format === 'json') return `${JSON.stringify(reportJson(report), null, isPretty ? 2 : 0)}\n`;
  return PRINTERS[format](report);
}

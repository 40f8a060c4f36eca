// A report in the form of `ethtool -S`, so that scripts which read that read this: with the names of the card's driver, or, without a card,
// with those that virtio-net gives its counters.
import type { Report } from './report.js';

/** Counters of all queues and of each. */
export function ethtoolReport(report: Report): string {
  const timed = report.nic?.timed;
  const rows = timed === undefined ? plainRows(report) : Object.entries(timed.counters);
  return `NIC statistics:\n${rows.map(([name, value]) => `     ${name}: ${value}\n`).join('')}`;
}

function plainRows(report: Report): readonly (readonly [string, number])[] {
  const { queues, capture, drops } = report;
  const dropped = drops.reduce((sum, drop) => sum + drop.packets, 0);
  return [
    ['rx_packets', capture.packets],
    ['rx_bytes', capture.bytes],
    ['rx_drops', dropped],
    ['rx_xdp_aborted', report.actions.XDP_ABORTED.packets],
    ['rx_xdp_invalid', report.actions.invalid.packets],
    ['rx_xdp_pass', report.actions.XDP_PASS.packets],
    ...queues.flatMap(({ queue, packets, bytes, actions }): (readonly [string, number])[] => {
      const lost = actions.XDP_DROP + actions.XDP_ABORTED + actions.invalid;
      return [
        [`rx_queue_${queue}_packets`, packets],
        [`rx_queue_${queue}_bytes`, bytes],
        [`rx_queue_${queue}_drops`, actions.dropped + lost],
        [`rx_queue_${queue}_xdp_packets`, packets - actions.dropped],
        [`rx_queue_${queue}_xdp_tx`, actions.XDP_TX],
        [`rx_queue_${queue}_xdp_redirects`, actions.XDP_REDIRECT],
        [`rx_queue_${queue}_xdp_drops`, lost],
      ];
    }),
  ];
}

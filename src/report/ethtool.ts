// A report in the form of `ethtool -S`, with the names that virtio-net gives its counters, so that scripts which read those read this.
import type { Report } from './report.js';

/** Counters of all queues and of each. */
export function ethtoolReport(report: Report): string {
  const { queues, capture, drops } = report;
  const dropped = drops.reduce((sum, drop) => sum + drop.packets, 0);
  const rows: (readonly [string, number])[] = [
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
  return `NIC statistics:\n${rows.map(([name, value]) => `     ${name}: ${value}\n`).join('')}`;
}

// What drivers count of a run, under their names: held to what their sources and measured cards say.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureFrom } from '../../../src/index.js';
import type { TimedReport } from '../../../src/nic/timed/timed-report.js';
import { ROOT, xdpsim } from '../../support/terminal.js';

const directory = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => process.chdir(directory));

async function reportOf(card: string, program: string, ...args: string[]): Promise<TimedReport> {
  const object = ['replay', 'test/programs/calibrate-host.o', '-n', program, '-r', 'captures/syn-flood.pcapng'];
  const { out } = await xdpsim([...object, '--nic', card, '--force', '-j', '--no-performance', '-q', ...args]);
  return JSON.parse(out).nic.timed;
}

const sumOf = ({ counters }: TimedReport, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (counters[name] ?? Number.NaN), 0);

/** More than a core takes, and more than comes over PCIe. */
const OVERLOAD = ['--queues', '1', '--ring', '64', '--rate', '98Mpps', '--loop', '20'];

describe('mlx5', () => {
  const lengths: number[] = [];
  const paddedBytes = (count: number) =>
    lengths.slice(0, count).reduce((sum, length) => sum + Math.max(64, length + 4), 0);
  beforeAll(async () => {
    const capture = captureFrom([readFileSync(`${ROOT}/captures/syn-flood.pcapng`)], { fileName: 'syn-flood.pcapng' });
    await capture.forEach(({ originalLengthBytes }) => {
      lengths.push(originalLengthBytes);
    });
  });

  it.each(['drop', 'transmit', 'redirect', 'pass'])(
    'counts every frame of %s in overload at the port',
    async program => {
      const report = await reportOf('mlx5-cx5-100g', program, ...OVERLOAD);
      const ends = ['rx_xdp_drop', 'rx_xdp_tx_xmit', 'rx_xdp_redirect', 'rx_packets'];
      expect(sumOf(report, ['rx_discards_phy', 'rx_out_of_buffer', ...ends])).toBe(report.counters.rx_packets_phy);
      expect(report.counters.rx_packets_phy).toBe(report.frames.received);
      expect(report.frames.lost).toBeGreaterThan(0);
    },
  );

  // "XDP_TX or XDP_REDIRECT or XDP_DROP, then the packet is invisible": J. D. Brouer, netdev, 2021-11-29, on a ConnectX-5 Ex.
  it.each([
    { program: 'drop', passed: 0 },
    { program: 'transmit', passed: 0 },
    { program: 'redirect', passed: 0 },
    { program: 'pass', passed: 300 },
  ])('shows $passed packets of a ring where a program says $program', async ({ program, passed }) => {
    const { counters } = await reportOf('mlx5-cx5-100g', program, '--queues', '1', '-c', '300');
    expect(counters).toMatchObject({ rx_packets: passed, rx0_packets: passed });
    expect(Number(counters.rx0_bytes) > 0).toBe(passed > 0);
  });

  // 2,886,090,490 rx_bytes_phy of 45,095,158 rx_packets_phy, all of 60 bytes in a capture: the same message.
  it('counts frames at the port with their check sequence, and padded', async () => {
    const { counters } = await reportOf('mlx5-cx5-100g', 'pass', '-c', '50');
    expect(counters).toMatchObject({ rx_bytes_phy: paddedBytes(50), rx_packets_phy: 50 });
    expect(counters.rx_bytes).toBe(lengths.slice(0, 50).reduce((sum, length) => sum + length, 0));
  });

  it('does not count frames at the port that are too long for it', async () => {
    const { counters, frames } = await reportOf('mlx5-cx5-100g', 'drop', '--mtu', '68', '-c', '300');
    expect(counters.rx_oversize_pkts_phy).toBe(frames.lost);
    expect(sumOf({ counters } as TimedReport, ['rx_packets_phy', 'rx_oversize_pkts_phy'])).toBe(frames.received);
  });
});

describe('drivers that count in their rings', () => {
  it.each(['i40e-xl710-40g', 'ixgbe'])('%s leaves out of rx_packets what never came into memory', async card => {
    const { counters, frames, losses } = await reportOf(card, 'redirect', ...OVERLOAD);
    const before = losses
      .filter(({ isAfterProgram }) => !isAfterProgram)
      .reduce((sum, { packets }) => sum + packets, 0);
    expect(counters.rx_packets).toBe(frames.received - before);
    expect(before).toBeGreaterThan(0);
  });

  it('virtio-net counts what a program drops as dropped twice', async () => {
    const { counters } = await reportOf('virtio-net', 'drop', '--queues', '1', '-c', '300');
    expect(counters).toMatchObject({ rx0_xdp_packets: 300, rx0_xdp_drops: 300, rx0_drops: 300 });
  });

  it('nfp counts what a program in the card drops as discarded', async () => {
    const { counters } = await reportOf('nfp-agilio-open', 'drop', '-c', '300');
    expect(counters).toMatchObject({ dev_rx_pkts: 300, bpf_app1_pkts: 300, dev_rx_discards: 300 });
  });
});

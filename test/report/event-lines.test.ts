// What programs tell user space, as `replay --events` and reports show it.
import { expect, it } from 'vitest';
import type { PacketEvent } from '../../src/machine/events.js';
import { EventTally, eventLines } from '../../src/report/event-lines.js';

const EVENTS: readonly PacketEvent[] = [
  { kind: 'ringbuf', map: 'events', data: Uint8Array.of(10, 0, 0, 1, 22, 0) },
  { kind: 'perf', map: 'samples', cpu: 1, data: Uint8Array.of(42) },
  { kind: 'printk', text: 'dropped\t10.0.0.1\n' },
  { kind: 'ringbuf', map: 'events', data: new Uint8Array(0) },
];

it('is a line an event, with its packet, time and place', () => {
  expect(eventLines(7, 1_700_000_000_000_123_456n, EVENTS)).toBe(
    [
      'packet 7  1700000000.000123456  ringbuf events  6 bytes  0a000001 1600',
      'packet 7  1700000000.000123456  perf samples on CPU 1  1 byte  2a',
      'packet 7  1700000000.000123456  printk  dropped.10.0.0.1',
      'packet 7  1700000000.000123456  ringbuf events  0 bytes',
      '',
    ].join('\n'),
  );
  expect(eventLines(7, 0n, [])).toBe('');
});

it('is counted by map', () => {
  const tally = new EventTally();
  for (const event of EVENTS) tally.add(event);
  expect(tally.rows).toEqual([
    { kind: 'ringbuf', map: 'events', events: 2, bytes: 6 },
    { kind: 'perf', map: 'samples', events: 1, bytes: 1 },
    { kind: 'printk', map: null, events: 1, bytes: 17 },
  ]);
});

// JSON Schema of what `replay -j` prints, and of the lines of `replay --packets`. A test holds both to the outputs of many runs.
import { ACTION_NAMES } from '../nic/accounting.js';
import { DRAFT, flag, list, map, nullable, record, type Schema, text, whole } from './schema-words.js';

const action: Schema = { enum: [...ACTION_NAMES] };
const tally = { packets: whole, bytes: whole };
const perAction = (description: string): Schema =>
  record(description, Object.fromEntries(ACTION_NAMES.map(name => [name, whole])));
const shares: Schema = record('packets by action; dropped: no program saw them', {
  ...Object.fromEntries(ACTION_NAMES.map(name => [name, whole])),
  dropped: whole,
});
const place: Schema = record('a line of the source', { file: text, line: whole, text });
const buckets = (description: string): Schema =>
  list(record('from, and below what', { from: whole, below: nullable(whole), count: whole }), description);
const talkers: Schema = list(record('a source address', { address: text, ...tally }));
const strings: Schema = list(text);

const amount: Schema = { type: 'number', minimum: 0 };
const ratio: Schema = { type: 'number', minimum: 0, description: 'at most 1' };
const busy: Schema = record('a part and how busy it was', { name: text, busyPercent: amount });
const depths = (description: string): Schema => list(whole, `${description}: 0, 1, 2 to 3, 4 to 7, ...`);
const timed: Schema = record('what the card did in simulated time', {
  model: text,
  mode: { enum: ['hw', 'native', 'generic'] },
  arrival: { type: 'object', description: 'when frames came in' },
  loops: whole,
  receiveQueues: whole,
  receiveDescriptors: whole,
  vlanStripping: flag,
  frames: record('every frame once: received is the sum of all others', {
    received: whole,
    dropped: whole,
    toStack: whole,
    sent: whole,
    redirected: whole,
    lost: whole,
  }),
  losses: list(record('frames that a stage lost', { stage: text, reason: text, ...tally, isAfterProgram: flag })),
  durationNanos: whole,
  offeredPps: nullable(whole),
  achievedPps: nullable(whole),
  lineRatePps: nullable(whole),
  capacityPps: nullable(whole),
  headroom: nullable({ ...amount, description: 'times the offered load that would come through' }),
  latencyNanos: nullable(
    record('from the first bit to the verdict, or to the last bit sent', {
      minimum: whole,
      p50: whole,
      p90: whole,
      p99: whole,
      p999: whole,
      maximum: whole,
    }),
  ),
  latencyGroups: list(record('nanoseconds from, and below what', { from: amount, below: amount, count: whole })),
  busy: list(busy),
  bottleneck: nullable(busy),
  counters: map(whole, 'as ethtool -S of the driver names them'),
  bufferDepths: depths('frames by how many others the receive buffer of the card held'),
  queues: list(
    record('a receive queue and its core', {
      queue: whole,
      ...tally,
      drops: whole,
      busyPercent: amount,
      interrupts: whole,
      polls: whole,
      actions: perAction('frames by action'),
      depths: depths('frames by how many descriptors were in use'),
    }),
  ),
  unverified: list(
    record('a figure without a primary source that had a say', { figure: text, value: {}, source: text }),
  ),
  missing: strings,
});

/** The schema of a report. */
export function reportSchema(): Schema {
  return {
    $schema: DRAFT,
    title: 'xdpsim replay report',
    ...record('what became of the packets of a run', {
      object: text,
      program: record('the program that was run', { name: text, section: text }),
      capture: record('what was replayed', { files: strings, ...tally }),
      drops: list(record('frames that no program saw', { stage: text, reason: text, ...tally })),
      faults: { ...whole, description: 'packets on which the program trapped; they count as XDP_ABORTED' },
      instructions: { ...whole, description: 'executed; 0 where the engine does not count' },
      programs: nullable(list(record('a program that ran', { name: text, section: text, runs: whole }))),
      protocols: nullable(list(record('packets of a protocol', { protocol: text, ...tally, actions: shares }))),
      queues: list(record('packets of a receive queue', { queue: whole, ...tally, actions: shares })),
      reasons: nullable(
        list(
          record('packets that one place of the source decided on', {
            action,
            ...tally,
            program: text,
            function: text,
            slot: whole,
            source: nullable(place),
          }),
        ),
      ),
      sizes: nullable(buckets('captured bytes per packet')),
      instructionsPerPacket: nullable(buckets('executed instructions per packet')),
      time: nullable(
        record('actions over time', {
          startNanos: nullable(text),
          intervalNanos: text,
          actions: map(list(whole), 'one count per interval'),
        }),
      ),
      talkers: nullable(
        record('source addresses with the most packets', {
          dropped: talkers,
          passed: talkers,
          isApproximate: flag,
        }),
      ),
      'events?': list(
        record('what programs told user space through a map, or as printed text', {
          kind: { enum: ['perf', 'ringbuf', 'printk'] },
          map: nullable(text),
          events: whole,
          bytes: whole,
        }),
      ),
      'labels?': record('how the filter did by the labels of the capture; a stopped attack is a true positive', {
        packets: whole,
        lost: {
          ...whole,
          description: 'gone before the filter, in the card for example: for neither precision nor recall',
        },
        truePositives: whole,
        falsePositives: whole,
        falseNegatives: whole,
        trueNegatives: whole,
        precision: nullable(ratio),
        recall: nullable(ratio),
        profiles: list(
          record('packets of one profile', {
            label: { enum: ['benign', 'attack'] },
            profile: text,
            packets: whole,
            stopped: whole,
            lost: whole,
          }),
        ),
      }),
      maps: list(
        record('a map after the run', {
          name: text,
          type: text,
          entries: whole,
          maxEntries: whole,
          'dump?': { type: 'array', description: 'entries in the shape of bpftool map dump -j' },
        }),
      ),
      nic: nullable(record('the NIC model', { name: text, title: text, 'timed?': timed })),
      options: { type: 'object', description: 'every option that can change the answer' },
      warnings: strings,
      performance: nullable(
        record('measured, so different each time', {
          packetsPerSecond: { type: 'number' },
          nanosPerPacket: { type: 'number' },
        }),
      ),
      actions: perAction('packets by action'),
      actionBytes: perAction('bytes by action'),
    }),
  };
}

/** The schema of one line of `replay --packets`. */
export function packetLineSchema(): Schema {
  return {
    $schema: DRAFT,
    title: 'xdpsim packet line',
    ...record('what became of one packet; addresses and ports as in Suricata EVE records', {
      packet: { type: 'integer', minimum: 1 },
      timestampNanos: text,
      action: { enum: [...ACTION_NAMES, 'dropped'] },
      'returnValue?': whole,
      'reason?': text,
      length: whole,
      queue: whole,
      timestamp: text,
      event_type: { enum: ['packet'] },
      'vlan?': list(whole),
      'src_ip?': text,
      'src_port?': whole,
      'dest_ip?': text,
      'dest_port?': whole,
      'proto?': text,
      'decided?': record('where the program decided', {
        program: text,
        function: text,
        instruction: whole,
        'file?': text,
        'line?': whole,
      }),
      'instructions?': whole,
      'redirect?': { type: 'object' },
      'deliveries?': {
        type: 'array',
        description: 'what became of a redirected frame at each place',
        items: { type: 'object' },
      },
      'events?': list({ type: 'object' }),
      'fault?': { type: 'object' },
      'data?': text,
      'metadata?': text,
    }),
  };
}

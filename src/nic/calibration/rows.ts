// Published throughput, as rows that a program of test/programs can stand for: which program, on which packet, with which map contents and
// set-up. Constants of models are fitted to rows marked `fit` alone; all others are predicted.

/** The frame of a row. */
export type FrameName = 'udp64' | 'udp640' | 'udp1500' | 'rtp214';

/** One published measurement. */
export interface CalibrationRow {
  /** Name of a file of nic-models/. */
  readonly model: string;
  readonly row: string;
  readonly use: 'fit' | 'validation';
  /** Millions of frames per second. */
  readonly publishedMpps: number;
  readonly source: string;
  /** What stands for the published program; absent where the row is about the wire. */
  readonly program?: ProgramPlace;
  readonly frame: FrameName;
  /** What maps hold before the packet, and what else decides about its path. */
  readonly state: string;
  /** Cores of the card, or of the host. */
  readonly cores?: number;
  /** Descriptors of each receive ring of the host. */
  readonly receiveDescriptors?: number;
  /** hXDP without ending a drop early. */
  readonly hasEarlyExit?: false;
  /** Program cycles taken from a measured row of the same program, where its object was never published; only scaling is predicted. */
  readonly cyclesPerPacket?: number;
}

/** A program of an object of test/programs. */
export interface ProgramPlace {
  readonly object: 'calibrate-nfp' | 'calibrate-hxdp' | 'calibrate-host';
  readonly program: string;
  /** Entries written before the packet: map, key and value as hex. */
  readonly entries?: readonly { readonly map: string; readonly key: string; readonly value: string }[];
}

const KRUDE = 'Krude et al., CoNEXT 2021, doi 10.1145/3485983.3494842, and its artifacts';
const HXDP = 'Brunella et al., hXDP, OSDI 2020';
const XDP18 = 'The eXpress Data Path, CoNEXT 2018, and its raw data';

const ZERO_MAPS = 'maps as created, all values 0';
const NO_MAPS = 'no maps';

/** The Netronome rows: frames of 64 bytes with check sequence, senders paced. */
const NFP_ROWS: readonly CalibrationRow[] = [
  ...(
    [
      [5, 9.51, 'fit'],
      [10, 19.42, 'validation'],
      [15, 28.87, 'validation'],
      [20, 38.5, 'validation'],
      [25, 47.77, 'validation'],
      [50, 53.19, 'validation'],
    ] as const
  ).map(([cores, publishedMpps, use]) => nfp('nfp-agilio-open', 'drop', 'drop', cores, publishedMpps, use, NO_MAPS)),
  ...(
    [
      [15, 9.46],
      [25, 15.79],
      [35, 22.11],
      [50, 31.61],
    ] as const
  ).map(
    ([cores, publishedMpps]): CalibrationRow => ({
      model: 'nfp-agilio-open',
      row: `slow, ${cores} cores`,
      use: 'validation',
      publishedMpps,
      source: `${KRUDE}: scaling alone, from 3.17 Mpps on 5 cores; the object was not published`,
      frame: 'udp64',
      state: NO_MAPS,
      cores,
      cyclesPerPacket: (5 * 800e6) / 3.17e6,
    }),
  ),
  ...(
    [
      [4, 5, 11.84, 'validation'],
      [4, 10, 23.53, 'validation'],
      [4, 15, 34.9, 'validation'],
      [4, 20, 46.42, 'validation'],
      [4, 50, 49.42, 'validation'],
      [8, 5, 9.15, 'validation'],
      [8, 10, 17.96, 'validation'],
      [8, 15, 24.81, 'validation'],
      [8, 50, 24.9, 'validation'],
      [10, 5, 8.25, 'fit'],
      [10, 15, 19.95, 'fit'],
      [12, 5, 7.45, 'validation'],
      [12, 10, 14.32, 'validation'],
      [12, 15, 16.63, 'validation'],
      [12, 50, 16.63, 'validation'],
    ] as const
  ).map(([reads, cores, publishedMpps, use]) =>
    nfp('nfp-research', `${reads} DRAM reads`, `reads_${reads}`, cores, publishedMpps, use, ZERO_MAPS),
  ),
  ...(
    [
      [1, 54.41, 'fit'],
      [2, 54.4, 'validation'],
      [3, 53.97, 'validation'],
      [4, 50.29, 'validation'],
      [5, 46.17, 'validation'],
      [6, 41.65, 'validation'],
      [8, 31.36, 'validation'],
      [10, 24.93, 'validation'],
      [12, 20.78, 'validation'],
      [15, 16.63, 'validation'],
      [20, 12.48, 'validation'],
    ] as const
  ).map(([rows, publishedMpps, use]) =>
    nfp('nfp-research', `count-min, ${rows} rows`, `count_min_${rows}`, 50, publishedMpps, use, ZERO_MAPS),
  ),
  {
    // 23029.9 cycles a packet of 214 bytes; the samples are those that take the longest way.
    ...nfp('nfp-research', 'A-law to mu-law, 160 samples', 'transcode', 50, 1.737, 'validation', NO_MAPS),
    frame: 'rtp214',
  },
];

function nfp(
  model: string,
  title: string,
  program: string,
  cores: number,
  publishedMpps: number,
  use: 'fit' | 'validation',
  state: string,
): CalibrationRow {
  const place = { object: 'calibrate-nfp', program } as const;
  return {
    model,
    row: `${title}, ${cores} cores`,
    use,
    publishedMpps,
    source: KRUDE,
    program: place,
    frame: 'udp64',
    state,
    cores,
  };
}

const SINGLE = [
  { row: 'drop, early exit', program: 'drop', publishedMpps: 52.23, use: 'fit' },
  { row: 'drop, no early exit', program: 'drop', publishedMpps: 22.41, use: 'fit', hasEarlyExit: false },
  { row: 'transmit', program: 'transmit', publishedMpps: 22.4, use: 'fit' },
  { row: 'redirect', program: 'redirect', publishedMpps: 15.0, use: 'fit' },
] as const;

/** The hXDP rows. */
const HXDP_ROWS: readonly CalibrationRow[] = [
  ...SINGLE.map(({ row, program, publishedMpps, use, ...more }) =>
    hxdp(row, program, publishedMpps, NO_MAPS, { use, ...more }),
  ),
  ...[1, 2, 4, 8, 16].map(bytes =>
    hxdp(`map lookup, key of ${bytes} bytes`, `lookup_${bytes}`, 22.41, 'an empty hash', { hasEarlyExit: false }),
  ),
  ...(
    [
      [1, 22.42],
      [10, 9.81],
      [20, 6.05],
      [30, 4.33],
      [40, 3.38],
    ] as const
  ).map(([calls, publishedMpps]) =>
    hxdp(`${calls} helper calls`, `calls_${calls}`, publishedMpps, 'map lookups that find an entry', {
      hasEarlyExit: false,
    }),
  ),
  hxdp('xdp1', 'xdp1', 11.3, ZERO_MAPS),
  hxdp('xdp2', 'xdp2', 6.9, ZERO_MAPS),
  // Above the limit of 600 bytes, at most 675: the same test gave 7.15 Mpps on a host with 40 Gbit/s. In words of 32 bytes these are 19 to 22.
  hxdp('adjust_tail', 'adjust_tail', 2.64, 'a frame of 640 bytes, longer than the limit of 600', { frame: 'udp640' }),
  // The published scripts load programs and no maps; the interface of a frame is then not the one of the configuration.
  hxdp(
    'rxq_info, drop',
    'rxq_info',
    11.17,
    'maps as created, all values 0: an issue is counted, and the frame dropped',
  ),
  {
    ...hxdp('redirect_map', 'redirect_map', 9.79, 'the device map holds interface 1'),
    program: {
      object: 'calibrate-hxdp',
      program: 'redirect_map',
      entries: [{ map: 'ports', key: '00000000', value: '01000000' }],
    },
  },
  {
    ...hxdp('simple firewall', 'firewall', 6.53, 'the flow is known, the device map holds interface 1; from inside'),
    program: {
      object: 'calibrate-hxdp',
      program: 'firewall',
      entries: [
        { map: 'flows', key: 'c0000201c633640204d2162e11000000', value: '01000000' },
        { map: 'ports', key: '00000000', value: '01000000' },
      ],
    },
  },
];

function hxdp(
  row: string,
  program: string,
  publishedMpps: number,
  state: string,
  more: Partial<CalibrationRow> = {},
): CalibrationRow {
  const place = { object: 'calibrate-hxdp', program } as const;
  const fixed = { model: 'hxdp-netfpga', row, use: 'validation', publishedMpps, source: HXDP } as const;
  return { ...fixed, program: place, frame: 'udp64', state, ...more };
}

const HOST_TESTS = [
  { test: 'drop, untouched', program: 'drop', receive: 1024, mpps: [24.38, 49.81, 73.23, 86.62, 86.83, 86.61], fit: 1 },
  { test: 'drop, untouched', program: 'drop', receive: 512, mpps: [24.8, 50.23, 74.35, 86.2, 86.97, 87.1], fit: 0 },
  { test: 'drop, read', program: 'drop_read', receive: 512, mpps: [23.06, 46.54, 68.86, 86.17, 87.34, 87.59], fit: 0 },
  { test: 'transmit', program: 'transmit', receive: 1024, mpps: [16.23, 31.23, 32.34, 32.6, 37.49, 43.23], fit: 6 },
  { test: 'transmit', program: 'transmit', receive: 256, mpps: [16.9, 34.85, 51.88, 68.95, 70.16, 68.74], fit: 0 },
  { test: 'redirect', program: 'redirect', receive: 1024, mpps: [8.65, 15.98, 19.22, 21.54, 25.46, 29.83], fit: 1 },
  { test: 'redirect', program: 'redirect', receive: 512, mpps: [8.67, 16.63, 25.23, 28.81, 31.31, 33.97], fit: 0 },
  { test: 'redirect', program: 'redirect', receive: 256, mpps: [8.64, 16.74, 25.74, 34.19, 41.46, 46.06], fit: 0 },
  { test: 'redirect', program: 'redirect', receive: 128, mpps: [7.58, 14.27, 22.09, 29.51, 36.65, 43.38], fit: 0 },
  {
    test: 'router, one route',
    program: 'route',
    receive: 1024,
    mpps: [5.21, 10.24, 13.73, 16.39, 19.36, 22.85],
    fit: 0,
  },
  {
    test: 'router, one route',
    program: 'route',
    receive: 512,
    mpps: [5.36, 10.57, 15.72, 20.19, 23.23, 25.92],
    fit: 0,
  },
  {
    test: 'router, one route',
    program: 'route',
    receive: 256,
    mpps: [5.36, 10.65, 15.94, 21.35, 26.06, 30.42],
    fit: 1,
  },
] as const;

/** The host rows: 64-byte frames, one queue a core. */
const HOST_ROWS: readonly CalibrationRow[] = [
  ...HOST_TESTS.flatMap(({ test, program, receive, mpps, fit }) =>
    mpps.map(
      (publishedMpps, at): CalibrationRow => ({
        model: 'mlx5-cx5-100g',
        row: `${test}, RX=${receive}, ${at + 1} ${at === 0 ? 'core' : 'cores'}`,
        use: at < fit ? 'fit' : 'validation',
        publishedMpps,
        source: XDP18,
        program: { object: 'calibrate-host', program },
        frame: 'udp64',
        state: NO_MAPS,
        cores: at + 1,
        receiveDescriptors: receive,
      }),
    ),
  ),
  {
    model: 'mlx5-cx5-100g',
    row: 'drop, untouched, 1500-byte frames, 1 core',
    use: 'validation',
    publishedMpps: 8.21,
    source: XDP18,
    program: { object: 'calibrate-host', program: 'drop' },
    frame: 'udp1500',
    state: NO_MAPS,
    cores: 1,
    receiveDescriptors: 1024,
  },
  {
    model: 'mlx5-cx5-100g',
    row: 'pass, dropped early in the stack, 1 core',
    use: 'fit',
    publishedMpps: 4.5,
    source: XDP18,
    program: { object: 'calibrate-host', program: 'pass' },
    frame: 'udp64',
    state: 'the stack drops the frame at once',
    cores: 1,
    receiveDescriptors: 1024,
  },
];

const XL710_ROW: CalibrationRow = {
  model: 'i40e-xl710-40g',
  row: 'drop, untouched, one queue',
  use: 'validation',
  publishedMpps: 35.38,
  source: XDP18,
  program: { object: 'calibrate-host', program: 'drop' },
  frame: 'udp64',
  state: NO_MAPS,
  cores: 1,
  receiveDescriptors: 512,
};

/** The host of the hXDP rows: the same programs and packets, one core at 3.7 GHz. */
const HXDP_HOST_MPPS: Readonly<Record<string, { readonly publishedMpps: number; readonly use: 'fit' | 'validation' }>> =
  {
    'drop, early exit': { publishedMpps: 39.32, use: 'fit' },
    transmit: { publishedMpps: 12.91, use: 'fit' },
    redirect: { publishedMpps: 9.64, use: 'fit' },
    xdp1: { publishedMpps: 27.86, use: 'validation' },
    xdp2: { publishedMpps: 12.3, use: 'validation' },
    adjust_tail: { publishedMpps: 7.15, use: 'validation' },
    'rxq_info, drop': { publishedMpps: 34.02, use: 'validation' },
    redirect_map: { publishedMpps: 9.66, use: 'validation' },
  };

const HXDP_HOST_ROWS = HXDP_ROWS.flatMap(({ row, ...rest }): CalibrationRow[] => {
  const published = HXDP_HOST_MPPS[row];
  if (published === undefined) return [];
  const host = { model: 'i40e-xl710-40g', source: `${HXDP}: the x86 column`, cores: 1, receiveDescriptors: 512 };
  return [{ ...rest, ...host, ...published, row: `${row.replace(', early exit', '')}, 1 core` }];
});

/** All rows, by model. */
export const CALIBRATION_ROWS: readonly CalibrationRow[] = [
  ...NFP_ROWS,
  ...HXDP_ROWS,
  ...HOST_ROWS,
  XL710_ROW,
  ...HXDP_HOST_ROWS,
];

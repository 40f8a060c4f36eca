// What the same programs cost in the running kernel, where root and bpftool are at hand.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BPF_FILE_SYSTEM = '/sys/fs/bpf';
const REPEAT = 2_000_000;

/** Whether programs can be loaded here. */
export function hasKernel() {
  return process.getuid?.() === 0 && spawnSync('bpftool', ['prog', 'list']).status === 0;
}

/** Loads the object and calls `measure`; what was pinned is removed afterwards. */
export function withLoaded(objectPath, keys, measure) {
  const pins = mkdtempSync(join(BPF_FILE_SYSTEM, 'xdpsim-bench-'));
  const scratch = mkdtempSync(join(tmpdir(), 'xdpsim-bench-kernel-'));
  try {
    mkdirSync(join(pins, 'maps'));
    bpftool(['prog', 'loadall', objectPath, join(pins, 'programs'), 'pinmaps', join(pins, 'maps')]);
    fillSources(join(pins, 'maps/sources'), keys, scratch);
    return measure(new LoadedPrograms(join(pins, 'programs'), scratch));
  } finally {
    rmSync(pins, { recursive: true });
    rmSync(scratch, { recursive: true });
  }
}

function fillSources(map, keys, scratch) {
  const lines = keys.map(key => `map update pinned ${map} key ${[...key].join(' ')} value 0 0 0 0 0 0 0 0`);
  const batch = join(scratch, 'sources.txt');
  writeFileSync(batch, `${lines.join('\n')}\n`);
  bpftool(['batch', 'file', batch]);
}

class LoadedPrograms {
  constructor(pins, scratch) {
    this.pins = pins;
    this.scratch = scratch;
  }

  /** Nanoseconds per run of one packet, many times over, as the kernel reports them: whole ones. */
  repeated(name, packet) {
    const path = join(this.scratch, 'packet.bin');
    writeFileSync(path, packet);
    const text = bpftool(['prog', 'run', 'pinned', join(this.pins, name), 'data_in', path, 'repeat', `${REPEAT}`]);
    return Number(/duration \(average\): (\d+)ns/.exec(text)?.[1]);
  }

  /** Nanoseconds per packet with one BPF_PROG_TEST_RUN each, without what the caller itself costs; undefined without Python. */
  singly(name, packets) {
    const path = join(this.scratch, 'packets.bin');
    writeFileSync(path, packets);
    const script = join(import.meta.dirname, 'kernel-runs.py');
    const { status, stdout } = spawnSync('python3', [script, join(this.pins, name), path, '64'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  }
}

function bpftool(arguments_) {
  const { status, stdout, stderr } = spawnSync('bpftool', arguments_, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bpftool ${arguments_.join(' ')}: ${stderr}`);
  return stdout;
}

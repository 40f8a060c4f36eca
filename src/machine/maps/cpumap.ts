// BPF_MAP_TYPE_CPUMAP: CPUs to redirect to, each with a queue and, if wanted, a program that runs there.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import type { Redirect } from '../events.js';
import type { MapHost, RedirectTable } from '../map.js';
import type { Lookup } from './base.js';
import { ProgramOwner } from './program-owner.js';
import { SlotArray, wordsOf } from './slot-array.js';

/** Slots: queue size and program number, as struct bpf_cpumap_val; an entry exists where the queue size is not 0. */
export class CpuMap extends SlotArray implements RedirectTable {
  override readonly redirects: RedirectTable = this;
  readonly canBroadcast = false;
  private readonly owner = new ProgramOwner('fragments');
  private readonly made: Redirect[] = [];

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    for (let cpu = 0; cpu < Math.min(host.cpuCount, spec.maxEntries); cpu++) {
      this.made.push({ kind: 'cpu', cpu, map: spec.name, key: cpu });
    }
  }

  override deleteAt(keyAddress: number): number {
    const cpu = this.indexAt(keyAddress);
    if (!this.isIndex(cpu)) return -ERRNO.EINVAL;
    this.setSlot(cpu, 0, 0);
    return 0;
  }

  target(key: number): Redirect | undefined {
    return this.queueOf(key) === 0 ? undefined : this.made[key];
  }

  interfaces(): readonly number[] {
    return [];
  }

  interfacePrograms(): readonly number[] {
    return [];
  }

  /** Frames that the queue of that CPU holds, 0 without an entry. */
  queueOf(key: number): number {
    return this.isIndex(key) ? this.first(key) : 0;
  }

  /** Number of the program that runs on that CPU, 0 for none. */
  programOf(key: number): number {
    return this.isIndex(key) ? this.second(key) : 0;
  }

  protected override userValue(index: number): Uint8Array {
    return this.wordsValue(this.first(index), this.second(index));
  }

  protected override readStaged(keyAddress: number): Lookup {
    return this.readSlot(this.indexAt(keyAddress), -ERRNO.ENOENT);
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    const cpu = this.indexAt(keyAddress);
    const { first: queueSize, second } = wordsOf(values[0]!);
    const problem = this.updateProblem(cpu, queueSize, flags);
    if (problem !== 0) return problem;
    const program = queueSize === 0 ? 0 : Math.max(0, second | 0);
    if (program !== 0 && !this.admits(program)) return -ERRNO.ENOMEM;
    this.setSlot(cpu, queueSize, program);
    return 0;
  }

  private updateProblem(cpu: number, queueSize: number, flags: number): number {
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
    if (!this.isIndex(cpu)) return -ERRNO.E2BIG;
    if (flags === MAP_UPDATE_FLAG.BPF_NOEXIST) return -ERRNO.EEXIST;
    if (queueSize > RUN_LIMIT.MAX_CPUMAP_QUEUE) return -ERRNO.EOVERFLOW;
    return cpu < this.host.cpuCount ? 0 : -ERRNO.ENODEV;
  }

  /** What does not fit is ENOMEM, since the kernel's allocation of the entry fails over it. */
  private admits(number: number): boolean {
    const program = this.host.programById(number);
    return program?.attachPoint === 'xdp/cpumap' && this.owner.admits(program);
  }
}

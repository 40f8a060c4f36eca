// bpf_timer on the simulated clock: callbacks run between packets, at the time that they were asked for.
// Linux kernel/bpf/helpers.c (bpf_timer_init ... bpf_timer_cancel).
import { ERRNO } from '../platform/errno.js';
import { TIMER_CLOCK, TIMER_START_FLAG } from '../platform/flags.js';
import type { BpfMap } from './map.js';
import type { MachineMemory } from './memory.js';

const CLOCKS: readonly number[] = Object.values(TIMER_CLOCK);
const START_FLAGS = TIMER_START_FLAG.BPF_F_TIMER_ABS | TIMER_START_FLAG.BPF_F_TIMER_CPU_PIN;

/** A timer that bpf_timer_init made. */
export interface Timer {
  /** Of the struct bpf_timer in the map's value. */
  readonly address: number;
  readonly map: BpfMap;
  /** Of the value that holds it. */
  readonly valueAddress: number;
  /** Number of the function to call, 0 for none. */
  callback: number;
  /** When it is due, undefined where it is not started. */
  dueNanos: bigint | undefined;
  /** CPU that it was started on. */
  cpu: number;
  /** Counts starts: timers due at the same time run in the order in which they were started. */
  turn: number;
}

/**
 * The timers of a machine. The struct in the value holds a timer's number, not 0: where the value is replaced or deleted the kernel's fields in it
 * become 0, and the timer is gone.
 */
export class Timers {
  /** The timer whose callback runs. */
  running: Timer | undefined;
  private readonly memory: MachineMemory;
  private readonly timers = new Map<number, Timer>();
  private last = 0;
  private turns = 0;

  constructor(memory: MachineMemory) {
    this.memory = memory;
  }

  /** 0 or a negative errno. */
  init(address: number, map: BpfMap, valueAddress: number, flags: number): number {
    if (!CLOCKS.includes(flags)) return -ERRNO.EINVAL;
    if (this.at(address) !== undefined) return -ERRNO.EBUSY;
    this.last++;
    this.memory.view.setUint32(address, this.last, true);
    const timer = { address, map, valueAddress, callback: 0, dueNanos: undefined, cpu: 0, turn: 0 };
    this.timers.set(this.last, timer);
    return 0;
  }

  setCallback(address: number, callback: number): number {
    const timer = this.at(address);
    if (timer === undefined) return -ERRNO.EINVAL;
    timer.callback = callback;
    return 0;
  }

  start(address: number, nanos: bigint, flags: number, now: bigint, cpu: number): number {
    const timer = this.at(address);
    if (flags > START_FLAGS || timer === undefined || timer.callback === 0) return -ERRNO.EINVAL;
    timer.dueNanos = (flags & TIMER_START_FLAG.BPF_F_TIMER_ABS) !== 0 ? nanos : now + nanos;
    timer.cpu = cpu;
    timer.turn = ++this.turns;
    return 0;
  }

  /** 1 where it was waiting to run, 0 where not, or a negative errno. A cancelled timer needs a callback again. */
  cancel(address: number): number {
    const timer = this.at(address);
    if (timer === undefined) return -ERRNO.EINVAL;
    if (timer === this.running) return -ERRNO.EDEADLK;
    const wasActive = timer.dueNanos !== undefined;
    timer.dueNanos = undefined;
    timer.callback = 0;
    return wasActive ? 1 : 0;
  }

  /** The timer that is due first, not after `now`. */
  due(now: bigint): Timer | undefined {
    let first: Timer | undefined;
    for (const [number, timer] of this.timers) {
      if (!this.isAlive(number, timer)) this.timers.delete(number);
      else if (timer.dueNanos !== undefined && timer.dueNanos <= now && (first === undefined || isBefore(timer, first)))
        first = timer;
    }
    return first;
  }

  private at(address: number): Timer | undefined {
    const number = this.memory.view.getUint32(address, true);
    const timer = this.timers.get(number);
    return timer?.address === address ? timer : undefined;
  }

  private isAlive(number: number, { address }: Timer): boolean {
    return this.memory.view.getUint32(address, true) === number;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  const difference = a.dueNanos! - b.dueNanos!;
  return difference < 0n || (difference === 0n && a.turn < b.turn);
}

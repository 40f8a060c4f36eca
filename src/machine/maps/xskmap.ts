// BPF_MAP_TYPE_XSKMAP: AF_XDP sockets to redirect to.
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { Redirect } from '../events.js';
import type { RedirectTable } from '../map.js';
import type { Lookup } from './base.js';
import { SlotArray, type SlotPart, wordsOf } from './slot-array.js';

/** Of the queue in a slot. */
const QUEUE_OFFSET = 4;

/**
 * Slots: 1 where a socket is, and its queue. A program's lookup gives the address of struct bpf_xdp_sock, whose only field is the queue: the second
 * word of the slot, which programs may read. Sockets come from `openSocket`, since no number that user space could write is one here.
 */
export class XskMap extends SlotArray implements RedirectTable {
  override readonly redirects: RedirectTable = this;
  readonly canBroadcast = false;
  private readonly made = new Map<number, Redirect>();

  override lookupAddress(keyAddress: number, _cpu: number): number {
    const slot = this.filledAddress(this.indexAt(keyAddress));
    return slot === 0 ? 0 : slot + QUEUE_OFFSET;
  }

  override deleteAt(keyAddress: number): number {
    const index = this.indexAt(keyAddress);
    if (!this.isIndex(index)) return -ERRNO.EINVAL;
    this.setSlot(index, 0, 0);
    this.made.delete(index);
    return 0;
  }

  /** User space puts a socket that is bound to `queue` into a slot: 0 or a negative errno. */
  openSocket(index: number, queue: number): number {
    if (!this.isIndex(index)) return -ERRNO.E2BIG;
    this.setSlot(index, 1, queue);
    this.made.set(index, { kind: 'socket', queue, map: this.spec.name, key: index });
    return 0;
  }

  preload(key: Uint8Array, values: readonly Uint8Array[]): number {
    return this.openSocket(wordsOf(key).first, wordsOf(values[0]!).first);
  }

  target(key: number): Redirect | undefined {
    return this.made.get(key);
  }

  interfaces(): readonly number[] {
    return [];
  }

  interfacePrograms(): readonly number[] {
    return [];
  }

  programOf(_key: number): number {
    return 0;
  }

  protected override get readableSlot(): SlotPart {
    return { offset: QUEUE_OFFSET, lengthBytes: 4 };
  }

  protected override userValue(index: number): Uint8Array {
    return this.wordsValue(this.second(index), 0);
  }

  /** User space can not read sockets back. */
  protected override readStaged(_keyAddress: number): Lookup {
    return -ERRNO.EOPNOTSUPP;
  }

  protected override writeStaged(keyAddress: number, _values: readonly Uint8Array[], flags: number): number {
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
    return this.isIndex(this.indexAt(keyAddress)) ? -ERRNO.ENOTSOCK : -ERRNO.E2BIG;
  }
}

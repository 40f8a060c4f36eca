// Kernel functions on the packet: what the card said about it, and its linear part.
import { ERRNO } from '../../platform/errno.js';
import { give, type Helper, low, real } from '../helpers/words.js';
import { ANYTHING, CONTEXT, fixed, type KfuncRow, kfunc } from './row.js';

const CARD_NOTE = 'from the capture; a real kernel wants a program that is bound to a device';

/** The capture's own time unless the card gave another. */
const timestamp: Helper = (machine, words) => {
  const nanos = machine.reception.timestampNanos ?? machine.timestampNanos;
  machine.memory.view.setBigUint64(low(words, 2), nanos, true);
  give(words, 0);
};

const hash: Helper = (machine, words) => {
  const known = machine.reception.hash;
  if (known === undefined) return give(words, -ERRNO.ENODATA);
  machine.memory.view.setUint32(low(words, 2), known.value, true);
  machine.memory.view.setUint32(low(words, 3), known.type, true);
  give(words, 0);
};

/** The tag that the card took out of the frame; tags in the frame are none. */
const vlanTag: Helper = (machine, words) => {
  const tag = machine.reception.vlanTag;
  if (tag === undefined) return give(words, -ERRNO.ENODATA);
  machine.memory.view.setUint16(low(words, 2), tag.protocol, false);
  machine.memory.view.setUint16(low(words, 3), tag.controlInformation, true);
  give(words, 0);
};

const pullData: Helper = ({ packet }, words) => give(words, packet.pullData(low(words, 2)));

/** By name. */
export const PACKET_KFUNCS = {
  bpf_xdp_metadata_rx_timestamp: kfunc([CONTEXT, fixed(8, 'write')], real(timestamp, CARD_NOTE)),
  bpf_xdp_metadata_rx_hash: kfunc([CONTEXT, fixed(4, 'write'), fixed(4, 'write')], real(hash, CARD_NOTE)),
  bpf_xdp_metadata_rx_vlan_tag: kfunc([CONTEXT, fixed(2, 'write'), fixed(2, 'write')], real(vlanTag, CARD_NOTE)),
  bpf_xdp_pull_data: kfunc([CONTEXT, ANYTHING], real(pullData), { changesPacketData: true }),
} as const satisfies Record<string, KfuncRow>;

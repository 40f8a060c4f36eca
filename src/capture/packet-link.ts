// Ethernet, VLAN and ARP layers of packets to build.
import { ByteWriter } from '../support/bytes.js';
import { parseIpv4, parseMac } from './addresses.js';
import type { Layer } from './packet-layer.js';
import { ETHER_TYPE } from './protocols.js';

/** Fields of an Ethernet header. */
export interface EthernetFields {
  /** Locally administered addresses unless given. */
  readonly source?: string;
  readonly destination?: string;
  readonly etherType?: number;
  /** Zero bytes are put behind a shorter frame; 60 is what a wire has without FCS. */
  readonly padToBytes?: number;
}

/** An Ethernet II header. IEEE 802.3 clause 3.1. */
export function ethernet(fields: EthernetFields = {}): Layer {
  return {
    etherType: ETHER_TYPE.bridgedEthernet,
    encode(payload, { inside }) {
      const out = new ByteWriter('big', 14 + payload.byteLength);
      out.raw(parseMac(fields.destination ?? '02:00:00:00:00:02')).raw(parseMac(fields.source ?? '02:00:00:00:00:01'));
      out.u16(fields.etherType ?? inside?.etherType ?? 0).raw(payload);
      out.raw(new Uint8Array(Math.max(0, (fields.padToBytes ?? 0) - out.lengthBytes)));
      return out.finish();
    },
  };
}

/** Fields of a VLAN tag. */
export interface VlanFields {
  readonly id: number;
  /** 0 to 7. */
  readonly priority?: number;
  readonly isDropEligible?: boolean;
  /** 0x8100 unless given; 0x88a8 for the outer tag of a provider. */
  readonly tagType?: number;
  readonly etherType?: number;
}

/** A VLAN tag; two of them are QinQ. IEEE 802.1Q clause 9. */
export function vlan(fields: VlanFields): Layer {
  return {
    etherType: fields.tagType ?? ETHER_TYPE.vlan,
    encode(payload, { inside }) {
      const control = ((fields.priority ?? 0) << 13) | (fields.isDropEligible ? 0x1000 : 0) | fields.id;
      const out = new ByteWriter('big', 4 + payload.byteLength);
      return out
        .u16(control)
        .u16(fields.etherType ?? inside?.etherType ?? 0)
        .raw(payload)
        .finish();
    },
  };
}

/** Fields of an ARP message. */
export interface ArpFields {
  readonly operation: 'request' | 'reply' | number;
  readonly senderMac: string;
  readonly senderAddress: string;
  /** Zero unless given, as in a request. */
  readonly targetMac?: string;
  readonly targetAddress: string;
}

/** An ARP message for IPv4 over Ethernet. RFC 826. */
export function arp(fields: ArpFields): Layer {
  return {
    etherType: ETHER_TYPE.arp,
    encode(payload) {
      const { operation } = fields;
      const out = new ByteWriter('big', 28 + payload.byteLength);
      out.u16(1).u16(ETHER_TYPE.ipv4).u8(6).u8(4);
      out.u16(operation === 'request' ? 1 : operation === 'reply' ? 2 : operation);
      out.raw(parseMac(fields.senderMac)).raw(parseIpv4(fields.senderAddress));
      out.raw(parseMac(fields.targetMac ?? '00:00:00:00:00:00')).raw(parseIpv4(fields.targetAddress));
      return out.raw(payload).finish();
    },
  };
}

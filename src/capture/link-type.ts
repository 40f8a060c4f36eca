// Link types by number and name. Source: the LINKTYPE_ registry of draft-ietf-opsawg-pcaplinktype.
import { InputError } from '../support/errors.js';

/** LINKTYPE_ETHERNET: the only frames that reach an XDP program. */
export const LINK_TYPE_ETHERNET = 1;

const NAMES: Readonly<Record<number, string>> = {
  0: 'NULL',
  1: 'ETHERNET',
  3: 'AX25',
  6: 'IEEE802_5',
  7: 'ARCNET_BSD',
  8: 'SLIP',
  9: 'PPP',
  10: 'FDDI',
  50: 'PPP_HDLC',
  51: 'PPP_ETHER',
  100: 'ATM_RFC1483',
  101: 'RAW',
  104: 'C_HDLC',
  105: 'IEEE802_11',
  107: 'FRELAY',
  108: 'LOOP',
  109: 'ENC',
  113: 'LINUX_SLL',
  114: 'LTALK',
  117: 'PFLOG',
  119: 'IEEE802_11_PRISM',
  122: 'IP_OVER_FC',
  123: 'SUNATM',
  127: 'IEEE802_11_RADIOTAP',
  129: 'ARCNET_LINUX',
  138: 'APPLE_IP_OVER_IEEE1394',
  139: 'MTP2_WITH_PHDR',
  140: 'MTP2',
  141: 'MTP3',
  142: 'SCCP',
  143: 'DOCSIS',
  144: 'LINUX_IRDA',
  147: 'USER0',
  163: 'IEEE802_11_AVS',
  165: 'BACNET_MS_TP',
  166: 'PPP_PPPD',
  177: 'LINUX_LAPD',
  187: 'BLUETOOTH_HCI_H4',
  189: 'USB_LINUX',
  192: 'PPI',
  195: 'IEEE802_15_4_WITHFCS',
  201: 'BLUETOOTH_HCI_H4_WITH_PHDR',
  220: 'USB_LINUX_MMAPPED',
  224: 'FC_2',
  225: 'FC_2_WITH_FRAME_DELIMS',
  226: 'IPNET',
  227: 'CAN_SOCKETCAN',
  228: 'IPV4',
  229: 'IPV6',
  230: 'IEEE802_15_4_NOFCS',
  239: 'NFLOG',
  240: 'NETANALYZER',
  241: 'NETANALYZER_TRANSPARENT',
  242: 'IPOIB',
  249: 'USBPCAP',
  251: 'BLUETOOTH_LE_LL',
  253: 'NETLINK',
  271: 'VSOCK',
  272: 'NORDIC_BLE',
  274: 'ETHERNET_MPACKET',
  276: 'LINUX_SLL2',
};

/** The registry's name of a link type without its LINKTYPE_ prefix; `unknown` where it has none here. */
export function linkTypeName(linkType: number): string {
  return NAMES[linkType] ?? 'unknown';
}

/**
 * Refuses frames or interfaces that are not Ethernet.
 * @throws InputError `link-type` naming the file and the link type
 */
export function requireEthernet(from: { readonly linkType: number }, fileName: string): void {
  if (from.linkType === LINK_TYPE_ETHERNET) return;
  throw new InputError(
    'link-type',
    `${fileName}: link type ${from.linkType} (${linkTypeName(from.linkType)}): ` +
      'only Ethernet (1) frames can reach an XDP program',
  );
}

// The frames of calibration rows, without frame check sequence.
import type { FrameName } from './rows.js';

/** Bytes of a frame: IPv4 and UDP from 192.0.2.1:1234 to 198.51.100.2:5678; `rtp214` holds 160 A-law samples and goes to port 1026. */
export function calibrationFrame(name: FrameName): Uint8Array {
  switch (name) {
    case 'udp64':
      return udpFrame(60);
    case 'udp640':
      return udpFrame(640);
    case 'udp1500':
      return udpFrame(1500);
    case 'rtp214':
      return rtpFrame();
  }
}

/** A-law samples of magnitude 25 behind an RTP header of payload type 8. RFC 3550, RFC 3551. */
function rtpFrame(): Uint8Array {
  const bytes = udpFrame(214);
  new DataView(bytes.buffer).setUint16(36, 1026);
  bytes.set([0x80, 8], 42);
  bytes.fill(25 ^ 0x55, 54);
  return bytes;
}

function ethernet(lengthBytes: number, etherType: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  bytes.set([0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, etherType >> 8, etherType & 0xff]);
  return bytes;
}

function udpFrame(lengthBytes: number): Uint8Array {
  const bytes = ethernet(lengthBytes, 0x0800);
  const ipLength = lengthBytes - 14;
  const view = new DataView(bytes.buffer);
  bytes.set([0x45, 0, ipLength >> 8, ipLength & 0xff, 0, 0, 0x40, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2], 14);
  view.setUint16(24, headerChecksum(view, 14));
  view.setUint16(34, 1234);
  view.setUint16(36, 5678);
  view.setUint16(38, ipLength - 20);
  return bytes;
}

/** RFC 791, over a header of 20 bytes. */
function headerChecksum(view: DataView, start: number): number {
  let sum = 0;
  for (let at = start; at < start + 20; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

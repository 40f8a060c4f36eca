// Which lengths of frame a card receives: its own limits, and those that the MTU sets at which the driver takes the program.
import type { Mode, NicModel } from '../model.js';

/** Lengths without frame check sequence, and what frames outside are told. */
export interface LengthRule {
  readonly least: number;
  readonly most: number;
  readonly tooShort: string;
  readonly tooLong: string;
}

/** Ethernet header and one VLAN tag, which the MTU does not count. */
const HEADER_BYTES = 18;

/**
 * The lengths that come in.
 * @param mtuBytes of the interface; the largest at which the driver takes the program unless given
 */
export function lengthRule(
  model: NicModel,
  mode: Mode,
  hasFragments: boolean,
  mtuBytes: number | undefined,
): LengthRule {
  const { minimumLengthBytes: least, maximumLengthBytes } = model.frame;
  const mtu = mtuBytes ?? (mode === 'native' ? largestMtu(model, hasFragments) : undefined);
  const most = mtu === undefined ? maximumLengthBytes : Math.min(maximumLengthBytes, mtu + HEADER_BYTES);
  const why = most === maximumLengthBytes ? '' : `, with an MTU of ${mtu}`;
  return { least, most, tooShort: `shorter than ${least} bytes`, tooLong: `longer than ${most} bytes${why}` };
}

function largestMtu({ native }: NicModel, hasFragments: boolean): number | undefined {
  const takesFragments = hasFragments && native.features?.includes('RX_SG') === true;
  return takesFragments ? native.maximumFragmentsMtuBytes : native.maximumMtuBytes;
}

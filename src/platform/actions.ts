// What the return value of an XDP program means. Linux uapi enum xdp_action.

/** XDP actions by name. Any other return value is invalid: drivers warn, count an exception and drop the packet. */
export const XDP_ACTION = {
  /** A program error: dropped, and the tracepoint xdp:xdp_exception fires. */
  XDP_ABORTED: 0,
  /** Dropped silently. */
  XDP_DROP: 1,
  /** Goes on to the network stack. */
  XDP_PASS: 2,
  /** Sent back out of the port it came from. */
  XDP_TX: 3,
  /** Goes where the last redirect helper said; without one it is dropped. */
  XDP_REDIRECT: 4,
} as const satisfies Record<string, number>;

/** Name of an XDP action. */
export type XdpActionName = keyof typeof XDP_ACTION;

/** Action names by number. */
export const XDP_ACTION_NAMES = [
  'XDP_ABORTED',
  'XDP_DROP',
  'XDP_PASS',
  'XDP_TX',
  'XDP_REDIRECT',
] as const satisfies readonly XdpActionName[];

/** The action that a program's return value (the low 32 bits of r0, unsigned or signed) asks for; `invalid` outside 0 to 4. */
export function actionName(returnValue: number): XdpActionName | 'invalid' {
  return XDP_ACTION_NAMES[returnValue] ?? 'invalid';
}

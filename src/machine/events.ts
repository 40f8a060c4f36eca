// What a packet leaves behind besides its bytes: a redirect target, and output for user space.

/** Where bpf_redirect or bpf_redirect_map sends the frame. */
export type Redirect =
  | {
      readonly kind: 'interface';
      readonly ifindex: number;
      readonly map: string | undefined;
      readonly key: number | undefined;
    }
  | { readonly kind: 'broadcast'; readonly ifindexes: readonly number[]; readonly map: string }
  | { readonly kind: 'cpu'; readonly cpu: number; readonly map: string; readonly key: number }
  | { readonly kind: 'socket'; readonly queue: number; readonly map: string; readonly key: number };

/** Something a program said while it handled a packet. */
export type PacketEvent =
  | { readonly kind: 'perf'; readonly map: string; readonly cpu: number; readonly data: Uint8Array }
  | { readonly kind: 'ringbuf'; readonly map: string; readonly data: Uint8Array }
  | { readonly kind: 'printk'; readonly text: string };

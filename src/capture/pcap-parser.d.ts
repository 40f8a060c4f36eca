// Types of pcap-parser 0.2.1, as far as the adapter uses it: written from its behaviour, as it has none of its own.
declare module 'pcap-parser' {
  /** What a Node readable stream must offer for the parser to read from it. */
  export interface ParserInput {
    pause(): void;
    resume(): void;
    on(event: 'data' | 'error' | 'end', listener: (data: Uint8Array) => void): void;
  }

  export interface GlobalHeader {
    readonly magicNumber: number;
    readonly majorVersion: number;
    readonly minorVersion: number;
    readonly snapshotLength: number;
    readonly linkLayerType: number;
  }

  export interface PacketHeader {
    readonly timestampSeconds: number;
    readonly timestampMicroseconds: number;
    readonly capturedLength: number;
    readonly originalLength: number;
  }

  export interface Packet {
    readonly header: PacketHeader;
    readonly data: Uint8Array;
  }

  export interface Parser {
    on(event: 'globalHeader', listener: (header: GlobalHeader) => void): void;
    on(event: 'packetHeader', listener: (header: PacketHeader) => void): void;
    on(event: 'packet', listener: (packet: Packet) => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
    on(event: 'end', listener: () => void): void;
  }

  export function parse(input: ParserInput): Parser;
}

// The part of elfy 1.0.0 that is used here; the package brings no types.
declare module 'elfy' {
  export interface ElfyHeader {
    readonly endian: 'lsb' | 'msb';
    readonly flags: number;
    readonly shoff: number;
    readonly body: { readonly sections: readonly ElfySection[] };
  }
  export interface ElfySection {
    readonly name: string;
    readonly off: number;
    readonly size: number;
    readonly link: number;
    readonly info: number;
  }
  const elfy: { parse(bytes: Buffer): ElfyHeader };
  export default elfy;
}

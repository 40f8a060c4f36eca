// Rules on modes, program flags, device-bound programs, MTU and driver features: those of the core, and what drivers add when attaching.
import { METADATA_KFUNCS } from '../../platform/kfuncs.js';
import type { Mode } from '../model.js';
import type { CheckContext } from './check.js';
import { MTU_LIMIT } from './reason.js';

/** Checks how the program would be loaded and attached. */
export function checkAttach(context: CheckContext): void {
  const { program, found } = context;
  checkMode(context);
  for (const { slot, message } of context.rejection === undefined ? program.undecodable : []) {
    if (isMaybeReached(context, slot)) found.add('broken', 'undecodable', { slot, values: { message } });
  }
  if (context.model.driver.isLinux === false) return;
  const { attachPoint } = program.spec;
  if (attachPoint === 'xdp/devmap') found.add('broken', 'devmapAttach');
  if (attachPoint === 'xdp/cpumap') found.add('broken', 'cpumapAttach');
  checkMetadata(context);
  checkAttached(context);
  if (context.mode === 'native') checkNative(context);
}

/** What cannot be decoded is never stepped over, so that the instruction before tells. */
function isMaybeReached({ ranges }: CheckContext, slot: number): boolean {
  return slot === 0 || ranges.isReached(slot) || ranges.isReached(slot - 1) || ranges.isReached(slot - 2);
}

function checkMode({ program, model, mode, found }: CheckContext): void {
  const { supported } = model.modes;
  const { isLinux, hasNdoBpf, registersOffload, needsLittleEndian } = model.driver;
  if (mode === 'hw' && isLinux === true) {
    const isBigEndian = program.object.byteOrder === 'big';
    if (isBigEndian && needsLittleEndian === true)
      found.add('broken', 'byteOrder', { figures: ['driver.needsLittleEndian'] });
    if (hasNdoBpf === false) found.add('broken', 'noNdoBpf', { figures: ['driver.hasNdoBpf'] });
    else if (registersOffload === false)
      found.add('broken', 'noOffloadDevice', { figures: ['driver.registersOffload'] });
    if (program.spec.hasFragments) found.add('broken', 'loadFlags', { values: { section: program.spec.section } });
  } else if (!supported.includes(mode)) {
    if (mode === 'native' && isLinux === true) found.add('broken', 'nativeMissing', { figures: ['modes.supported'] });
    else
      found.add('broken', 'modeMissing', {
        values: { mode, modes: supported.join(' or ') },
        figures: ['modes.supported'],
      });
  }
  const runsNothing = model.verdicts.pass === 'never run' && mode !== 'generic' && supported.includes(mode);
  if (runsNothing) found.add('warning', 'neverRun', { figures: ['verdicts.pass'] });
}

/** Metadata kfuncs make a program device-bound: not in the card, not in generic mode, and useless where the driver has none. */
function checkMetadata({ program, ranges, model, mode, found }: CheckContext): void {
  const names: readonly string[] = METADATA_KFUNCS;
  const offered = model.native.metadataKfuncs ?? [];
  let isBound = false;
  for (const [slot, reference] of program.spec.references) {
    if (reference.kind !== 'kfunc' || !names.includes(reference.name)) continue;
    isBound = true;
    // The core looks at all code, reached or not.
    if (mode === 'hw') found.add('broken', 'metadataOffload', { slot });
    if (mode === 'native' && !offered.includes(reference.name) && ranges.isReached(slot)) {
      found.add('warning', 'metadataMissing', {
        slot,
        values: { name: reference.name },
        figures: ['native.metadataKfuncs'],
      });
    }
  }
  if (isBound && mode !== 'hw' && model.driver.hasNdoBpf === false)
    found.add('broken', 'noNdoBpf', { figures: ['driver.hasNdoBpf'] });
  if (isBound && mode === 'generic') found.add('broken', 'deviceBoundGeneric');
}

const HOST_MODES: readonly Mode[] = ['native', 'generic'];

/** What is attached to the interface already: the core keeps native and generic apart, a card may not replace what it runs. */
function checkAttached({ attached, model, mode, found }: CheckContext): void {
  const other = HOST_MODES.find(item => item !== mode);
  if (HOST_MODES.includes(mode) && other !== undefined && attached.includes(other))
    found.add('broken', 'hostModes', { values: { other } });
  if (mode === 'hw' && attached.includes('hw') && model.driver.replacesLive === false)
    found.add('broken', 'liveReload', { figures: ['driver.replacesLive'] });
}

function checkNative(context: CheckContext): void {
  const { reached, model, found } = context;
  if (!model.modes.supported.includes('native')) return;
  checkMtu(context);
  if (model.native.features?.includes('REDIRECT') !== false) return;
  const redirect = reached.calls.find(
    ({ instruction: { target } }) => target.kind === 'helper' && REDIRECTS.includes(target.id),
  );
  if (redirect === undefined) return;
  found.add('warning', 'redirectFeature', { slot: redirect.slot, figures: ['native.features'] });
}

/** bpf_redirect and bpf_redirect_map. */
const REDIRECTS: readonly number[] = [23, 51];

function checkMtu({ program, model, mtuBytes: mtu, found }: CheckContext): void {
  const { maximumMtuBytes, maximumFragmentsMtuBytes, features } = model.native;
  const takesFragments = program.spec.hasFragments && features?.includes('RX_SG') === true;
  const figure = takesFragments ? 'maximumFragmentsMtuBytes' : 'maximumMtuBytes';
  const allowed = takesFragments ? maximumFragmentsMtuBytes : maximumMtuBytes;
  if (allowed === undefined) return;
  const advice =
    features?.includes('RX_SG') === true && !takesFragments ? '; or put the program into section "xdp.frags"' : '';
  found.addLimit(
    'mtu',
    { name: MTU_LIMIT, used: mtu, allowed, isEstimate: false },
    { values: { mtu, advice: `set the MTU to ${allowed} or less${advice}` }, figures: [`native.${figure}`] },
  );
}

// `xdpsim nics`: the models of cards, their figures, and where each figure comes from.
import type { NicModel } from '../../nic/model.js';
import { MODEL_SECTIONS, type Section } from '../../nic/model-fields.js';
import { textTable } from '../../report/table.js';
import { timedText } from '../../report/timed.js';
import { EXIT, type ExitCode } from '../exit.js';
import { openSink, type Terminal } from '../terminal.js';
import { nicModels, readNicModel } from './nics-files.js';
import type { NicsOptions } from './nics-options.js';

/** Runs the command: a list of all models, one of them, or what they predict. */
export async function nics(options: NicsOptions, terminal: Terminal): Promise<ExitCode> {
  const isJson = options.json || options.pretty;
  const json = (value: unknown) => `${JSON.stringify(value, null, options.pretty ? 2 : 0)}\n`;
  const answer = options.validate || options.predict !== undefined ? await figuresAnswer(options) : undefined;
  const sink = openSink(options.output, terminal);
  if (answer !== undefined) {
    sink.write(isJson ? json(answer.json) : answer.text);
  } else if (options.model === undefined) {
    const models = nicModels();
    sink.write(isJson ? json({ models: models.map(listed) }) : listText(models));
  } else {
    const model = readNicModel(options.model);
    sink.write(isJson ? json(modelJson(model)) : modelText(model));
  }
  sink.close();
  return EXIT.ok;
}

/** What models predict. Loaded when it is asked for, since it brings an engine with it. */
async function figuresAnswer(options: NicsOptions): Promise<{ readonly json: unknown; readonly text: string }> {
  const { predictObject, predictionText, validate, validationText } = await import('./nics-predict.js');
  if (options.predict !== undefined && (options.rate !== undefined || options.speed !== undefined)) {
    const { timedPrediction } = await import('./nics-timed.js');
    const report = await timedPrediction(options.predict, options);
    return { json: report, text: `${timedText(report)}\n` };
  }
  if (options.predict !== undefined) {
    const prediction = await predictObject(options.predict, options);
    return { json: prediction, text: predictionText(prediction) };
  }
  const rows = validate(options.model);
  return { json: { rows }, text: validationText(rows) };
}

function listed(model: NicModel): object {
  return {
    name: model.name,
    title: model.title,
    modes: model.modes.supported,
    figures: model.provenance.size,
    unverified: unverifiedCount(model),
  };
}

function unverifiedCount({ provenance }: NicModel): number {
  return [...provenance.values()].filter(({ isUnverified }) => isUnverified).length;
}

function listText(models: readonly NicModel[]): string {
  const rows = models.map(model => [
    model.name,
    model.modes.supported.join(' '),
    String(model.provenance.size),
    String(unverifiedCount(model)),
    model.title,
  ]);
  return `${textTable(['model', 'modes', 'figures', 'unverified', 'card'], rows, '<<>><')}\n`;
}

/** One figure of a model, with what it means. */
interface ListedFigure {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
  readonly isUnverified: boolean;
  readonly about: string;
}

function modelJson(model: NicModel): object {
  const figures = figuresOf(model).map(({ path, value, source, isUnverified }) => ({
    figure: path,
    value,
    source,
    unverified: isUnverified,
  }));
  return { name: model.name, title: model.title, extends: model.ancestors, figures };
}

function modelText(model: NicModel): string {
  const parents = model.ancestors.length === 0 ? '' : `, extends ${model.ancestors.join(', which extends ')}`;
  const blocks = [`${model.name}: ${model.title}${parents}`];
  const all = figuresOf(model);
  for (const [name, section] of Object.entries<Section>(MODEL_SECTIONS)) {
    const figures = all.filter(({ path }) => path.startsWith(`${name}.`));
    if (figures.length > 0) blocks.push(sectionText(name, section, figures));
  }
  return `${blocks.join('\n\n')}\n`;
}

function sectionText(name: string, { about }: Section, figures: readonly ListedFigure[]): string {
  const lines = figures.flatMap(({ path, value, source, isUnverified }) => [
    `  ${path.slice(name.length + 1)}: ${valueText(value)}`,
    `    ${isUnverified ? 'unverified: ' : ''}${source}`,
  ]);
  return [`${name}: ${about}`, ...lines].join('\n');
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'object' || value === null) return String(value);
  const { text, errno, log } = value as { readonly text: string; readonly errno?: string; readonly log: string };
  return `"${text}" (${errno === undefined ? 'no error' : `-${errno}`}, ${log})`;
}

/** The figures in the order of the table of sections. */
function figuresOf(model: NicModel): readonly ListedFigure[] {
  const order = Object.keys(MODEL_SECTIONS);
  const sections = model as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  const figures = [...model.provenance].map(([path, { source, isUnverified }]) => {
    const [section = '', ...rest] = path.split('.');
    const { named, fields, open }: Section = MODEL_SECTIONS[section as keyof typeof MODEL_SECTIONS];
    const holder = named === true ? sections[section]?.[rest[0] ?? ''] : sections[section];
    const name = named === true ? (rest[1] ?? '') : rest.join('.');
    const about = (open ?? fields[name])?.about ?? '';
    return { path, value: (holder as Readonly<Record<string, unknown>>)[name], source, isUnverified, about };
  });
  return figures.sort((a, b) => order.indexOf(a.path.split('.')[0]!) - order.indexOf(b.path.split('.')[0]!));
}

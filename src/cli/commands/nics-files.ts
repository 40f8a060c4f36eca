// Model files: those of the package by name, a user's own by path.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MODES, type NicModel, parseNicModel } from '../../nic/model.js';
import { InputError } from '../../support/errors.js';
import { nearestName } from '../../support/nearest.js';
import { packageFile } from '../package-files.js';

const FOLDER = packageFile('nic-models');

/** What stands in the folder beside the models. */
const NOT_MODELS = ['schema.json', 'test-run.json'];

/**
 * Reads a model: a name in `nic-models`, or a path ending in `.json`, whose `extends` is looked for beside it first.
 * @throws InputError `nic-model` where there is none, or naming the file, the key and the value that is wrong
 */
export function readNicModel(nameOrPath: string): NicModel {
  const isPath = nameOrPath.endsWith('.json');
  const path = isPath ? nameOrPath : packagePath(nameOrPath);
  const text = readText(path);
  if (text === undefined) {
    throw new InputError('nic-model', `--nic ${nameOrPath}: no such model${isPath ? '' : hint(nameOrPath)}`);
  }
  return parseNicModel(text, isPath ? nameOrPath : `nic-models/${nameOrPath}.json`, name => readParent(name, path));
}

/** The package's models that stand for a card: those that run programs themselves first, then by name. */
export function nicModels(): readonly NicModel[] {
  const models = nicModelNames()
    .map(readNicModel)
    .filter(({ isAbstract }) => !isAbstract);
  return models.toSorted((a, b) => modeRank(a) - modeRank(b));
}

function modeRank({ modes }: NicModel): number {
  return MODES.indexOf(modes.supported[0] ?? 'generic');
}

function hint(name: string): string {
  const names = nicModelNames();
  const nearest = nearestName(name, names);
  return nearest === undefined
    ? `; there are ${names.join(', ')}`
    : `; did you mean ${nearest}? xdpsim nics lists all of them`;
}

function nicModelNames(): readonly string[] {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.json') && !NOT_MODELS.includes(name));
  return files.map(name => name.slice(0, -'.json'.length)).sort();
}

function packagePath(name: string): string {
  return join(FOLDER, `${encodeURIComponent(name)}.json`);
}

function readParent(name: string, childPath: string): string {
  const text = readText(join(dirname(childPath), `${name}.json`)) ?? readText(packagePath(name));
  if (text === undefined) throw new InputError('nic-model', `${childPath}: extends: no such model: ${name}`);
  return text;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

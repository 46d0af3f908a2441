import { EventSpec, GenerativeModel, Rng, Scaling } from '@unfold-zoo/core';
import { type Config, loadConfig, service } from '@unfold-zoo/core/config';
import baselines from '@unfold-zoo/models-baselines';
import vld from '@unfold-zoo/models-vld';
import parts from '@unfold-zoo/parts';
import { unitScaling } from '../models-vld/toy-networks.js';

/** The presets of the seven models of the paper. */
export const MODELS = ['paper', 'uc-vld', 'c-vld', 'ldm', 'vdm', 'cvae', 'cinn'] as const;

const ENCODER = ['conditionEncoder.width=8', 'conditionEncoder.heads=2', 'conditionEncoder.layers=1'];
const CODEC = ['codec.width=6', 'codec.encoderBlocks=1', 'codec.decoderBlocks=1'];
const DIFFUSION = ['denoiser.width=8', 'denoiser.blocks=1', 'schedule.hidden=8', 'sampler.steps=5'];
const FLOW = ['model.blocks=3', 'model.layers=2', 'model.units=8'];

/** Overrides that bring a preset to sizes at which it takes moments in plain JavaScript. */
export function smaller(name: string): string[] {
  if (name === 'cinn') return [...ENCODER, ...FLOW];
  if (name === 'cvae') return [...ENCODER, ...CODEC];
  return [...ENCODER, ...(name === 'vdm' ? [] : CODEC), ...DIFFUSION];
}

/** A preset with overrides. */
export function readPreset(name: string, overrides: readonly string[] = []): Promise<Config> {
  return loadConfig({ config: name, overrides, plugins: [parts, vld, baselines] });
}

/** The model of a preset, made smaller, for events of the given description. */
export async function assembled(
  name: string,
  spec: EventSpec,
  overrides: readonly string[] = [],
): Promise<GenerativeModel> {
  const { catalogue, choices } = await readPreset(name, [...smaller(name), ...overrides]);
  catalogue.checkUnused([GenerativeModel], choices);
  const services = [service(EventSpec, spec), service(Scaling, unitScaling(spec.particles.length))];
  return catalogue.assemble(GenerativeModel, choices, new Rng(5), services);
}

/**
 * The pace of polls on a thousand tasks with realistic durations, by the gateway's own functions and without a clock: how many polls a
 * task has, and how late its end is noticed, beside a fixed pace of 5 to 10 s.
 */
import { nextPollDelay } from "../src/domain/polling-pace.ts";
import { learnDuration, type UsualDuration } from "../src/domain/usual-duration.ts";
import { percentile } from "./statistics.ts";

/** Figures of one way to pace. */
export interface SimulatedPace {
  readonly name: string;
  readonly pollsPerTask: number;
  /** From a task's end to the poll that finds it, in seconds. */
  readonly lateMean: number;
  readonly lateP90: number;
}

/**
 * Shapes with the median of their tasks' durations in seconds, the spread of its logarithm, and their share of all tasks: two of
 * images, three of videos. One task in thirty takes three times as long.
 */
const SHAPES = [
  { median: 18, spread: 0.3, share: 0.35 },
  { median: 35, spread: 0.3, share: 0.2 },
  { median: 70, spread: 0.2, share: 0.2 },
  { median: 150, spread: 0.2, share: 0.15 },
  { median: 300, spread: 0.25, share: 0.1 },
] as const;
const EXCEPTIONS = 1 / 30;

/** Returns the next delay of a task, in ms. */
type Pacing = (state: {
  readonly ageMs: number;
  readonly polls: number;
  readonly usual: UsualDuration | null;
  readonly random: number;
}) => number;

const bounds = { minMs: 5_000, maxMs: 10_000 } as const;
const learned =
  (isWatched: boolean): Pacing =>
  ({ ageMs, polls, usual, random }) =>
    nextPollDelay({ attempt: polls, ageMs, usual, unwatchedMs: isWatched ? 0 : ageMs, random, ...bounds });

const PACINGS: Readonly<Record<string, Pacing>> = {
  "fixed, 5–10 s at random": ({ random }) => 5_000 + 5_000 * random,
  "growing from 5 to 10 s (duration not known)": ({ ageMs, polls, random }) =>
    nextPollDelay({ attempt: polls, ageMs, random, ...bounds }),
  "learned, somebody watches": learned(true),
  "learned, nobody watches": learned(false),
};

/** Runs the same tasks under each pace. */
export function simulatePace(tasks: number): SimulatedPace[] {
  return Object.entries(PACINGS).map(([name, pacing]) => simulate(name, pacing, tasks));
}

function simulate(name: string, pacing: Pacing, tasks: number): SimulatedPace {
  const durations = randomSequence(7);
  const jitter = randomSequence(11);
  const usual = new Map<number, UsualDuration>();
  const late: number[] = [];
  let allPolls = 0;
  for (let task = 0; task < tasks; task += 1) {
    const { shape, durationMs } = nextTask(durations);
    let ageMs = 0;
    let before = 0;
    let polls = 0;
    for (; polls === 0 || ageMs < durationMs; polls += 1) {
      before = ageMs;
      ageMs += pacing({ ageMs, polls, usual: usual.get(shape) ?? null, random: jitter() });
    }
    allPolls += polls;
    late.push((ageMs - durationMs) / 1_000);
    usual.set(shape, learnDuration(usual.get(shape) ?? null, (before + ageMs) / 2));
  }
  const lateMean = late.reduce((sum, seconds) => sum + seconds, 0) / tasks;
  return { name, pollsPerTask: allPolls / tasks, lateMean, lateP90: percentile(late, 0.9) };
}

function nextTask(random: () => number): { readonly shape: number; readonly durationMs: number } {
  let rest = random();
  const index = SHAPES.findIndex(({ share }) => {
    rest -= share;
    return rest < 0;
  });
  const shape = index < 0 ? SHAPES.length - 1 : index;
  const { median, spread } = SHAPES[shape] ?? SHAPES[0];
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const times = random() < EXCEPTIONS ? 3 : 1;
  return { shape, durationMs: median * 1_000 * Math.exp(spread * normal) * times };
}

/** A sequence of numbers from 0 to 1 that any run repeats (Park and Miller). */
function randomSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

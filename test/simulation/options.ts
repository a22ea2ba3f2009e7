/** How many schedules are simulated, and which. */

/** In CI; within a minute and a half on two cores. */
const SCHEDULES = 2_400;

const asked = (name: string): number | null => {
  const value = process.env[name];
  if (value === undefined || value === "") return null;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`${name} is "${value}"; it must be a whole number from 1`);
  return number;
};

/** Schedules in all: `GATESMITH_SIMULATION_SCHEDULES`. */
export const schedulesAsked = asked("GATESMITH_SIMULATION_SCHEDULES") ?? SCHEDULES;

/** The only one to run, with its course printed: `GATESMITH_SIMULATION_SEED`. */
export const seedAsked = asked("GATESMITH_SIMULATION_SEED");

/** How long calls took, by route, and the table that says so. */

interface Times {
  /** Milliseconds, in the order the answers came. */
  readonly durations: number[];
  errors: number;
}

export class CallTimes {
  readonly #routes = new Map<string, Times>();

  /** Takes the time of a call that was just made. */
  async measure<Answer>(route: string, call: Promise<Answer>): Promise<Answer> {
    const times = this.#routes.get(route) ?? { durations: [], errors: 0 };
    this.#routes.set(route, times);
    const start = performance.now();
    try {
      return await call;
    } catch (error) {
      times.errors++;
      throw error;
    } finally {
      times.durations.push(performance.now() - start);
    }
  }

  /** One line a route: how many calls, how many of them failed, and the times in milliseconds that 50 % and 99 % stayed within. */
  table(): string[] {
    const rows = [["route", "count", "errors", "p50", "p99"]];
    for (const [route, { durations, errors }] of this.#routes) {
      const sorted = durations.toSorted((a, b) => a - b);
      const percentile = (share: number) => `${sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(2)} ms`;
      rows.push([route, String(durations.length), String(errors), percentile(0.5), percentile(0.99)]);
    }
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows.map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  "),
    );
  }
}

/** Asks a gate over HTTP which connector to use. */

/** Resolves to a WebSocket address. Rejects with an error that says what the gate answered, or why there was no answer. */
export async function askGate(gate: string, uid: string, signal: AbortSignal): Promise<string> {
  const address = `${gate.replace(/\/+$/, "")}/entry?uid=${encodeURIComponent(uid)}`;
  let status: number;
  let text: string;
  try {
    const response = await fetch(address, { cache: "no-store", signal });
    status = response.status;
    text = await response.text();
  } catch (error) {
    throw new Error(`the gate at ${gate} did not answer: ${causeOf(error)}`, { cause: error });
  }
  const answer = parseAnswer(text);
  if (status !== 200) {
    const said = typeof answer?.message === "string" ? `${answer.error}: ${answer.message}` : text.slice(0, 200);
    throw new Error(`the gate at ${gate} answered ${status} ${said}`);
  }
  if (typeof answer?.url !== "string") {
    throw new Error(`the gate at ${gate} answered without a url: ${text.slice(0, 200)}`);
  }
  return answer.url;
}

/** What a gate answers: an address, or why there is none. */
interface GateAnswer {
  readonly url?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
}

function parseAnswer(text: string): GateAnswer | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Node.js's fetch says "fetch failed", and hides why one level deeper. */
function causeOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message?: string };
  return cause?.message || cause?.code || message || String(error);
}

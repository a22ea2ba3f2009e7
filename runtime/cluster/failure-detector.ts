/**
 * Tells the dead from the slow, by silence alone. Others are judged only by time in which this process ran and its bus carried its own
 * beats: whoever stands still hears nothing, and must not take it for the silence of others. All times are of this process's monotonic
 * clock.
 */
import type { Timer, Timing } from "../../wire/timing.js";

export interface DetectorSettings {
  /** Milliseconds between two beats of a server. */
  readonly beat: number;
  /** Milliseconds of silence after which a server is dead. Several beats. */
  readonly window: number;
}

export interface DetectorReport<Subject> {
  /** It has missed a beat. */
  suspected(subject: Subject): void;
  /** It is heard again. */
  trusted(subject: Subject): void;
  /** It was silent for the whole window. It is not watched any more. */
  dead(subject: Subject): void;
  /** This process stood still for so many milliseconds, more than the window: it is dead to others. The detector has stopped. */
  stalled(milliseconds: number): void;
  /** For the whole window the bus has not brought this server's own beats back, though it seemed to be up. */
  deaf(): void;
}

/** One that is watched. Made by `watch`. */
export class Watched<Subject> {
  readonly subject: Subject;
  heardAt: number;
  suspect = false;

  constructor(subject: Subject, now: number) {
    this.subject = subject;
    this.heardAt = now;
  }
}

/** Silence, in beats, that makes a suspect: one beat is missing, and the next is due. */
const SUSPICIOUS_BEATS = 2;

/** Looks at the clock a beat when nothing arrives. */
const LOOKS = 2;

export class FailureDetector<Subject> {
  private readonly timing: Timing;
  private readonly settings: DetectorSettings;
  private readonly report: DetectorReport<Subject>;
  private readonly watched = new Set<Watched<Subject>>();
  /** When this process last looked at the clock. */
  private seen: number;
  /** When one's own beat last came back; null where the bus does not bring it. */
  private echoAt: number | null = null;
  private held = false;
  /** One's own beats do not come back. */
  private mute = false;
  private timer: Timer | null = null;
  private stopped = false;

  constructor(timing: Timing, settings: DetectorSettings, report: DetectorReport<Subject>) {
    this.timing = timing;
    this.settings = settings;
    this.report = report;
    this.seen = timing.now();
    this.wait();
  }

  /** From here on `subject` is expected to be heard. */
  watch(subject: Subject): Watched<Subject> {
    const watched = new Watched(subject, this.seen);
    this.watched.add(watched);
    return watched;
  }

  unwatch(watched: Watched<Subject>): void {
    this.watched.delete(watched);
  }

  /**
   * Reads the clock; call it for every chunk that arrives, before anything of it is looked at. False: this process stood still for longer
   * than the window, and what waited for it meanwhile is to be thrown away.
   */
  awake(): boolean {
    if (this.stopped) return false;
    const now = this.timing.now();
    const pause = now - this.seen;
    this.seen = now;
    // A timer that is late by a whole period is a process that stood still.
    if (pause <= (2 * this.settings.beat) / LOOKS) return true;
    if (pause > this.settings.window) {
      this.stop();
      this.report.stalled(pause);
      return false;
    }
    for (const watched of this.watched) watched.heardAt += pause;
    if (this.echoAt !== null) this.echoAt += pause;
    return true;
  }

  /** Something of it arrived. Call `awake` before. */
  heard(watched: Watched<Subject>): void {
    watched.heardAt = this.seen;
    if (!watched.suspect) return;
    watched.suspect = false;
    this.report.trusted(watched.subject);
  }

  /** One's own beat came back, and will from now on: the bus carries. Call `awake` before. */
  echo(): void {
    this.echoAt = this.seen;
    if (!this.mute) return;
    this.mute = false;
    this.startAgain();
  }

  /** The bus is down: nobody is judged. */
  hold(): void {
    this.held = true;
    this.mute = false;
  }

  /** The bus is up again: everybody has the whole window to be heard. */
  release(): void {
    this.held = false;
    if (this.echoAt !== null) this.echoAt = this.seen;
    this.startAgain();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.timer = null;
    this.watched.clear();
  }

  private wait(): void {
    this.timer = this.timing.after(this.settings.beat / LOOKS, this.look);
  }

  private readonly look = (): void => {
    if (!this.awake()) return;
    this.wait();
    if (this.held || !this.carries()) return;
    const { beat, window } = this.settings;
    for (const watched of this.watched) {
      const silence = this.seen - watched.heardAt;
      if (silence > window) {
        this.watched.delete(watched);
        this.report.dead(watched.subject);
      } else if (silence > SUSPICIOUS_BEATS * beat && !watched.suspect) {
        watched.suspect = true;
        this.report.suspected(watched.subject);
      }
      if (this.stopped) return;
    }
  };

  /** Whether the bus brings back one's own beats, where it does at all. */
  private carries(): boolean {
    if (this.echoAt === null) return true;
    const { beat, window } = this.settings;
    const silence = this.seen - this.echoAt;
    this.mute ||= silence > SUSPICIOUS_BEATS * beat;
    if (silence <= window) return !this.mute;
    this.echoAt = this.seen;
    this.report.deaf();
    return false;
  }

  private startAgain(): void {
    for (const watched of this.watched) watched.heardAt = this.seen;
  }
}

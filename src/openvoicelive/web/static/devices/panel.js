/** The choice of microphone and speaker, before a session and during one. */

import { Microphone, requireSecurePage } from "../sound/microphone.js";
import { MicrophoneError } from "../sound/microphone-input.js";
import { canChooseSpeaker } from "../sound/output.js";
import { sentence, write } from "../texts.js";
import { keepDevices, keptDevices } from "./choice.js";
import { LevelMeter } from "./level-meter.js";
import { listDevices, ownId, reactionTo } from "./listing.js";
import { SelfTestView } from "./self-test-view.js";
import { chime, playSound } from "./test-sound.js";

/** @typedef {import("./choice.js").ChosenDevices} ChosenDevices */
/** @typedef {import("../talk/session.js").Session} Session */
/** @typedef {import("../texts.js").Wording} Wording */

/** The switches, by the constraint that each is. */
const PROCESSING = /** @type {const} */ (["echoCancellation", "noiseSuppression", "autoGainControl"]);

/** @type {import("./listing.js").Listing} */
const NOTHING = {
  microphones: { devices: [], usual: "" },
  speakers: { devices: [], usual: "" },
  named: false,
};

export class DevicesPanel {
  #panel;
  #notice;
  #choice = keptDevices();
  #listing = NOTHING;
  /** The speaker that plays; the one chosen may not be there. */
  #speakerInUse = "";
  /** Whether the session has no microphone, and waits for one to be plugged in. */
  #lost = false;
  /** @type {Session | null} */
  #session = null;
  /** Opened to show its level, while there is no session. @type {Microphone | null} */
  #checked = null;
  /** @type {Microphone | null} */
  #tested = null;
  #meter;
  #selfTest;

  /**
   * @param {HTMLDetailsElement} panel
   * @param {HTMLElement} notice a live region that is seen during a conversation
   * @param {() => import("./probe.js").SampleChoices} sampleChoices how the self-test's sample is to sound
   */
  constructor(panel, notice, sampleChoices) {
    this.#panel = panel;
    this.#notice = notice;
    this.#meter = new LevelMeter(this.#part("level"), () => this.#microphone?.level() ?? -Infinity);
    this.#selfTest = new SelfTestView(
      this.#button("self-test-start"),
      this.#part("self-test-status"),
      this.#part("self-test-findings"),
      {
        devices: () => this.#choice,
        sampleChoices,
        began: () => this.#stopChecking(),
        listening: (microphone) => {
          this.#tested = microphone;
          void this.refresh();
        },
      },
    );
    this.#listen();
    void this.refresh();
  }

  /** What a session is to begin with. */
  get choice() {
    return this.#choice;
  }

  /** @param {Session} session its microphone and speaker are the ones to change, until `detach` */
  attach(session) {
    this.#stopChecking();
    this.#session = session;
    this.#lost = false;
    this.#say("");
    void this.refresh();
  }

  detach() {
    this.#session = null;
    write(this.#notice, "");
    void this.refresh();
  }

  /** @param {"lost" | "replaced" | "silenced" | "heard"} event of the session's microphone */
  microphoneEvent(event) {
    this.#lost = event === "lost";
    if (this.#lost) this.#say(sentence("device_lost"));
    else if (event === "silenced") this.#say(sentence("device_silenced"));
    else if (event === "heard") this.#say("");
    else this.#say(sentence("device_replaced", { name: this.#microphone?.inUse?.label ?? "" }));
    void this.refresh();
  }

  /** Shows what there is and what is chosen; names appear once the page may use a microphone. */
  async refresh() {
    this.#listing = await listDevices();
    this.#show();
  }

  get #microphone() {
    return this.#session ? this.#session.microphone : (this.#tested ?? this.#checked);
  }

  #listen() {
    const { microphone, speaker } = this.#selects;
    microphone.addEventListener("change", () => void this.#chooseMicrophone({ deviceId: microphone.value }));
    speaker.addEventListener("change", () => void this.#chooseSpeaker(speaker.value));
    for (const name of PROCESSING) {
      const box = this.#box(name);
      box.addEventListener("change", () => void this.#chooseMicrophone({ [name]: box.checked }));
    }
    this.#button("check-microphone").addEventListener("click", () => void this.#toggleChecking());
    this.#button("test-sound").addEventListener("click", () => void this.#playTestSound());
    this.#panel.addEventListener("toggle", () => this.#toggled());
    document.addEventListener("visibilitychange", () => this.#show());
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#devicesChanged());
  }

  #toggled() {
    if (this.#panel.open) return void this.refresh();
    this.#selfTest.stop();
    this.#stopChecking();
    this.#show();
  }

  /** @param {Partial<ChosenDevices["microphone"]>} change */
  async #chooseMicrophone(change) {
    const before = this.#choice;
    this.#choose({ ...before, microphone: { ...before.microphone, ...change } });
    this.#say("");
    try {
      await this.#reopenMicrophone();
    } catch {
      this.#choose(before);
      this.#say(sentence("device_kept"));
    }
    this.#show();
  }

  /** @param {string} deviceId */
  async #chooseSpeaker(deviceId) {
    const before = this.#choice;
    this.#choose({ ...before, speaker: deviceId });
    this.#say("");
    if (!(await this.#playOn(deviceId))) {
      this.#choose(before);
      this.#say(sentence("device_kept"));
    }
    this.#show();
  }

  /** @param {ChosenDevices} choice */
  #choose(choice) {
    this.#choice = choice;
    keepDevices(choice);
  }

  async #reopenMicrophone() {
    if (this.#session) await this.#session.changeMicrophone(this.#choice.microphone);
    else await this.#checked?.change(this.#choice.microphone);
  }

  /**
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether that speaker plays, or will
   */
  async #playOn(deviceId) {
    const plays = !this.#session || (await this.#session.changeSpeaker(deviceId));
    if (plays) this.#speakerInUse = deviceId;
    return plays;
  }

  async #toggleChecking() {
    if (this.#checked) {
      this.#stopChecking();
      return this.#show();
    }
    this.#selfTest.stop();
    this.#say("");
    try {
      requireSecurePage();
      const microphone = await Microphone.open(this.#choice.microphone, {
        frame: () => {},
        lost: () => {
          this.#stopChecking();
          this.microphoneEvent("lost");
        },
        replaced: () => this.microphoneEvent("replaced"),
        silenced: (silent) => this.microphoneEvent(silent ? "silenced" : "heard"),
      });
      if (this.#session || this.#checked || !this.#panel.open) microphone.close();
      else this.#checked = microphone;
    } catch (error) {
      this.#say(sentence(error instanceof MicrophoneError ? `microphone_${error.reason}` : "found_unreachable"));
    }
    await this.refresh();
  }

  #stopChecking() {
    this.#checked?.close();
    this.#checked = null;
  }

  async #playTestSound() {
    const button = this.#button("test-sound");
    button.disabled = true;
    this.#say("");
    const played = await playSound(chime(), this.#choice.speaker).then(
      () => true,
      () => false,
    );
    button.disabled = false;
    this.#say(sentence(played ? "test_sound_played" : "test_sound_failed"));
  }

  async #devicesChanged() {
    const before = this.#listing;
    await this.refresh();
    if (this.#microphone) await this.#followMicrophones(before).catch(() => {});
    if (this.#session) await this.#followSpeakers(before);
    this.#show();
  }

  /** @param {import("./listing.js").Listing} before */
  async #followMicrophones({ microphones: before }) {
    const { devices } = this.#listing.microphones;
    const inUse = this.#microphone?.inUse;
    if (!inUse) {
      if (this.#lost && devices.length) await this.#reopenAndSay();
      return;
    }
    const used = ownId(inUse.deviceId);
    const reaction = reactionTo(before, this.#listing.microphones, this.#choice.microphone.deviceId, used);
    // A microphone that is gone says so itself, and is replaced then.
    if (reaction?.action === "offer") this.#say(sentence("device_offered", { name: reaction.device }));
    else if (reaction && reaction.action !== "leave") await this.#reopenAndSay();
  }

  async #reopenAndSay() {
    await this.#reopenMicrophone();
    this.#lost = false;
    const name = this.#microphone?.inUse?.label;
    if (name) this.#say(sentence("device_used", { name }));
  }

  /** The system's speaker is followed by the browser. @param {import("./listing.js").Listing} before */
  async #followSpeakers({ speakers: before }) {
    const chosen = this.#choice.speaker;
    const reaction = reactionTo(before, this.#listing.speakers, chosen, this.#speakerInUse);
    if (!reaction) return;
    const { action, device: name } = reaction;
    if (action === "leave" && (await this.#playOn(""))) this.#say(sentence("speaker_left", { name }));
    else if (action === "return" && (await this.#playOn(chosen))) this.#say(sentence("device_used", { name }));
    else if (action === "offer") this.#say(sentence("device_offered", { name }));
  }

  #show() {
    const { microphones, speakers, named } = this.#listing;
    const { microphone, speaker } = this.#choice;
    fill(this.#selects.microphone, microphones, microphone.deviceId);
    fill(this.#selects.speaker, speakers, speaker);
    this.#part("devices-unnamed").hidden = named;
    this.#selects.speaker.disabled = !canChooseSpeaker();
    this.#part("speaker-fixed").hidden = canChooseSpeaker();
    this.#showProcessing();
    this.#showListening();
  }

  #showProcessing() {
    const supported = navigator.mediaDevices?.getSupportedConstraints() ?? {};
    const inUse = this.#microphone?.inUse;
    for (const name of PROCESSING) {
      this.#box(name).checked = this.#choice.microphone[name];
      this.#box(name).disabled = !supported[name];
    }
    const wanted = this.#choice.microphone;
    const followed = PROCESSING.every((name) => (inUse?.[name] ?? wanted[name]) === wanted[name]);
    this.#part("processing-kept").hidden = followed;
  }

  #showListening() {
    const check = this.#button("check-microphone");
    check.hidden = this.#session !== null || this.#tested !== null;
    write(check, sentence(this.#checked ? "stop_checking" : "check_microphone"));
    this.#selfTest.offer(this.#session === null);
    this.#meter.run(this.#panel.open && !document.hidden && this.#microphone !== null);
  }

  /** @param {Wording} words of what happened to a device: where they are seen now */
  #say(words) {
    write(this.#session ? this.#notice : this.#part("devices-message"), words);
  }

  get #selects() {
    return {
      microphone: /** @type {HTMLSelectElement} */ (this.#part("microphone")),
      speaker: /** @type {HTMLSelectElement} */ (this.#part("speaker")),
    };
  }

  /** @param {typeof PROCESSING[number]} name */
  #box(name) {
    return /** @type {HTMLInputElement} */ (this.#panel.querySelector(`[name="${name}"]`));
  }

  /** @param {string} id */
  #part(id) {
    return /** @type {HTMLElement} */ (this.#panel.querySelector(`#${id}`));
  }

  /** @param {string} id */
  #button(id) {
    return /** @type {HTMLButtonElement} */ (this.#part(id));
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {import("./listing.js").Devices} listed
 * @param {string} chosen
 */
function fill(select, { devices, usual }, chosen) {
  const first = new Option("", "");
  write(first, usual ? sentence("device_usual_named", { name: usual }) : sentence("device_usual"));
  select.replaceChildren(first, ...devices.map(({ id, label }) => new Option(label, id)));
  select.value = devices.some(({ id }) => id === chosen) ? chosen : "";
}
